"""The arguments of a call as text; futures in them become references."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from salt_sdk._encode import dumps
from salt_sdk._errors import NotSendable
from salt_sdk._futures import Future


class Input(NamedTuple):
    """``input`` and ``needs`` of a CALL in WIRE.md."""

    text: str
    needs: list[int]


def call_input(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Input:
    """What a task is given.

    Raises:
        NotSendable: An argument has no form in JSON.
    """
    needs: dict[int, None] = {}

    def refer(future: Future[Any]) -> Any:
        needs[future.seq] = None
        future._seen = True  # its failure is now the failure of who needs it
        return {"$ref": future.seq}

    try:
        text = dumps({"args": list(args), "kwargs": dict(kwargs)}, refer)
    except NotSendable as error:
        raise error.at(f"arguments of {name}") from None
    return Input(text, list(needs))


def fill_in(future: Future[Any]) -> Any:
    """What stands for a future in a value that a workflow function returns: its own value.

    A tree that was written once and is only passed on: keys stay as they were written.
    """
    future.result()
    return json.loads(future._text)
