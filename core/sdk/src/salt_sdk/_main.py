"""The entry point of an artifact: ``salt_sdk._main:main``. WIRE.md section 1 is its command line."""

from __future__ import annotations

import sys

_SERVE = "usage: serve --socket PATH [--single]"


def main() -> int:
    """Run the command of ``sys.argv``; the exit code."""
    argv = sys.argv[1:]
    if argv[:1] == ["serve"]:
        return _serve(argv[1:])
    from salt_sdk._command import run

    return run(argv)


def _serve(argv: list[str]) -> int:
    """Read by hand: an agent waits for this one, and children inherit all that it loads."""
    single = "--single" in argv
    rest = [part for part in argv if part != "--single"]
    if len(rest) == 1 and rest[0].startswith("--socket="):
        path = rest[0].partition("=")[2]
    elif len(rest) == 2 and rest[0] == "--socket":
        path = rest[1]
    else:
        print(_SERVE, file=sys.stderr)
        return 2
    from salt_sdk import _serve

    try:
        return _serve.serve_single(path) if single else _serve.serve(path)
    except OSError as error:
        print(f"cannot serve an agent at {path}: {error}", file=sys.stderr)
        return 1
