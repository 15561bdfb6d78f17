"""``describe``, ``run`` and ``task``: an artifact, or a single file, used by hand."""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Callable

from salt_sdk import _running
from salt_sdk._data import Data, referred
from salt_sdk._declare import WorkflowFunction
from salt_sdk._decode import decode, loads
from salt_sdk._encode import write
from salt_sdk._errors import BadInput, BadProject, NoService
from salt_sdk._execute import run_task
from salt_sdk._local import run_text
from salt_sdk._project import Project, load, present
from salt_sdk._report import user_traceback

DONE, FAILED, BAD, UNREACHED = 0, 1, 2, 125


def run(argv: Sequence[str]) -> int:
    """The command line of an artifact, ``serve`` aside; the exit code."""
    if not present():
        return _say("This Python holds no artifact: there is no module _salt_artifact.", BAD)
    options = _parser().parse_args(argv)
    with _stdout_to_stderr():
        try:
            project = load()
        except BadProject as error:
            return _say(str(error), UNREACHED)
        except BaseException as error:  # noqa: BLE001 - user code may raise anything, or exit
            print(user_traceback(error), file=sys.stderr, end="")
            return _say("The workflow's code does not import.", UNREACHED)
    code: int = options.command(project, options)
    # The answer is the last line: what threads and clean-up still print goes elsewhere.
    sys.stdout.flush()
    os.dup2(2, 1)
    return code


def run_workflow(workflow: WorkflowFunction[..., Any], argv: Sequence[str]) -> int:
    """``python graph.py [KEY=VALUE …]``: one workflow, alone; the exit code."""
    parser = argparse.ArgumentParser(description=workflow.doc.partition("\n")[0])
    _add_parameters(parser, required=False)
    options = parser.parse_args(argv)
    return _run(workflow, options.parameters, options.input)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A workflow, with all that it needs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    describe = commands.add_parser("describe", help="tell what it holds, as JSON")
    describe.add_argument("--json", action="store_true", help="on one line, for programs")
    describe.set_defaults(command=_describe_command)
    one = commands.add_parser("run", help="run a workflow in this process, alone")
    one.add_argument("workflow", nargs="?", help="default: the one that was built")
    _add_parameters(one, required=False)
    one.set_defaults(command=_run_command)
    task = commands.add_parser("task", help="run one task in this process, alone")
    task.add_argument("name")
    task.add_argument("--input", required=True, metavar="FILE|-", help="JSON with args and kwargs")
    task.set_defaults(command=_task_command)
    serve = commands.add_parser("serve", help="serve an agent")
    serve.add_argument("--socket", required=True, metavar="PATH")
    serve.add_argument("--single", action="store_true")
    return parser


def _add_parameters(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("parameters", nargs="*", metavar="KEY=VALUE", help="of the workflow")
    parser.add_argument(
        "--input", metavar="FILE|-", required=required, help="a JSON object of them"
    )


def _describe_command(project: Project, options: argparse.Namespace) -> int:
    from salt_sdk._describe import describe

    try:
        document = describe(project)
    except (BadInput, BadProject, TypeError) as error:
        return _say(str(error), UNREACHED)
    print(json.dumps(document, ensure_ascii=False, indent=None if options.json else 2))
    return DONE


def _run_command(project: Project, options: argparse.Namespace) -> int:
    name, parameters = options.workflow, list(options.parameters)
    if name is not None and "=" in name:
        parameters.insert(0, name)
        name = None
    try:
        workflow = project.default if name is None else project.workflow(name)
    except BadInput as error:
        return _say(str(error), BAD)
    return _run(workflow, parameters, options.input)


def _task_command(project: Project, options: argparse.Namespace) -> int:
    try:
        task = project.task(options.name)
        text = _read(options.input)
    except BadInput as error:
        return _say(str(error), BAD)

    def call() -> str:
        context = _running.Context("local", "1", task.name, 1, "local/1")
        with _running.inside(None, context):
            return run_task(task, text, {})

    return _finish(call, bad_input=BAD)


def _run(workflow: WorkflowFunction[..., Any], pairs: Sequence[str], file: str | None) -> int:
    try:
        params = loads(_read(file)) if file is not None else {}
        if not isinstance(params, dict):
            raise BadInput("the input is not a JSON object")
        for pair in pairs:
            key, equals, text = pair.partition("=")
            if not equals:
                raise BadInput(f"{pair!r} is not KEY=VALUE")
            params[key] = parameter(workflow, key, text)
        workflow.signature.named(params)
    except BadInput as error:
        return _say(str(error), BAD)
    return _finish(lambda: run_text(workflow, _escaped(params)))


def parameter(workflow: WorkflowFunction[..., Any], key: str, text: str) -> Any:
    """What ``key=text`` means: JSON if it is that and fits the annotation, else a string."""
    hint = workflow.signature.hints.get(key, Any)
    try:
        tree = loads(text)
        decode(hint, tree)
    except BadInput:
        return text
    return tree


def _escaped(params: dict[str, Any]) -> str:
    """Back to text: keys that begin with ``$`` were unescaped when the input was read."""

    def again(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {("$" + k if k.startswith("$") else k): again(v) for k, v in tree.items()}
        if isinstance(tree, Data):
            return tree.tree()
        return [again(part) for part in tree] if isinstance(tree, list) else tree

    return write(again(params))


def _finish(call: Callable[[], str], bad_input: int = FAILED) -> int:
    try:
        text = call()
    except BadInput as error:
        return _say(str(error), bad_input)
    except NoService as error:
        return _say(str(error), FAILED)
    except Exception as error:  # noqa: BLE001 - user code
        sys.stdout.flush()
        print(user_traceback(error), file=sys.stderr, end="")
        return FAILED
    print(self_contained(text))
    return DONE


def self_contained(text: str) -> str:
    """JSON text with the bytes of its data files in it, for who cannot ask for them."""
    if '"$data"' not in text:
        return text

    def inside(found: dict[str, Any]) -> Any:
        data = referred(found) if "$data" in found else None
        if data is None:
            return found
        if data.codec == "bytes":
            return base64.b64encode(data.read()).decode("ascii")
        return Data("", data.size, data.codec, data.read(), data.more).tree()

    return write(json.loads(text, object_hook=inside))


def _read(file: str) -> str:
    try:
        if file == "-":
            return sys.stdin.read()
        with open(file, encoding="utf-8") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {file}: {error}") from None


def _say(sentence: str, code: int) -> int:
    print(f"error: {sentence}", file=sys.stderr)
    return code


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """What user code prints while it is imported must not mix with the answer on stdout."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
