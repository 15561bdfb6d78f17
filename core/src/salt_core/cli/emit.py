"""``salt emit``."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from salt_core.cli.output import opened, print_json, run_async, say
from salt_core.cli.values import escaped
from salt_core.config import load
from salt_core.errors import BadInput
from salt_core.ids import new_nonce
from salt_core.store import Emitted

_LARGEST = 1 << 20


def emit(
    event: Annotated[str, typer.Argument(help="Name of the event.")],
    payload: Annotated[str, typer.Argument(help="What it carries, as JSON; - is stdin.")] = "{}",
    id: Annotated[
        str | None,
        typer.Option(help="Names this event: the same id again changes nothing. Default: fresh."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Tell an event to every run that waits for it."""
    if not event.strip():
        raise BadInput("An event has a name.", "Give one: salt emit NAME [JSON]")
    if id is not None and not id.strip():
        raise BadInput("--id is empty.", "Leave it out for a fresh one.", key="--id")
    name = id if id is not None else new_nonce()
    text = json.dumps(escaped(_read(payload)), ensure_ascii=False)
    if len(text.encode("utf-8", "surrogatepass")) > _LARGEST:
        raise BadInput(
            f"An event carries at most {_LARGEST >> 20} MiB of JSON.",
            "Put what is larger where both sides find it, and tell its name.",
        )
    emitted = run_async(_emit(event, name, text))
    if as_json:
        print_json({"event": event, "id": name, "new": emitted.new, "woken": emitted.woken})
    elif not emitted.new:
        say(f"{event} {name} was told before; nothing has changed")
    else:
        waits = "1 wait has" if emitted.woken == 1 else f"{emitted.woken} waits have"
        say(f"{event} {name} is new; {waits} ended")


async def _emit(event: str, id: str, payload: str) -> Emitted:
    async with opened(load()) as store:
        return await store.emit(event, id, payload)


def _read(payload: str) -> Any:
    where = "stdin" if payload == "-" else None
    text = sys.stdin.read() if payload == "-" else payload
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"The payload is not JSON: {error.msg}.",
            'It is written like {"id": 7} or "text", quoted for the shell.',
            file=where,
            line=error.lineno,
            column=error.colno,
        ) from None


def _no_constant(name: str) -> Any:
    raise BadInput(f"The payload is not JSON: it has no {name}.")
