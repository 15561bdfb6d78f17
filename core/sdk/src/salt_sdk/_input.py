"""The arguments of a call as text; futures in them become references."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from salt_sdk._encode import dumps
from salt_sdk._errors import NotSendable
from salt_sdk._futures import Future


class Input(NamedTuple):
    """``input`` of a CALL in WIRE.md, and the futures whose numbers are its ``needs``."""

    text: str
    needs: list[Future[Any]]


def call_input(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Input:
    """What a task is given.

    Raises:
        NotSendable: An argument has no form in JSON.
    """
    needs: dict[int, Future[Any]] = {}

    def refer(future: Future[Any]) -> Any:
        while not future.seq:  # of a map with a bound: it gets its number when it begins
            future._engine.advance()
        future._engine.check_use(future)
        needs[future.seq] = future
        future._seen = True  # its failure is now the failure of who needs it
        return {"$ref": future.seq}

    try:
        text = dumps({"args": list(args), "kwargs": dict(kwargs)}, refer)
    except NotSendable as error:
        raise error.at(f"arguments of {name}") from None
    return Input(text, list(needs.values()))


def fill_in(future: Future[Any]) -> Any:
    """What stands for a future where no reference can: its own value; waits for it.

    A tree that was written once and is only passed on: keys stay as they were written.
    """
    return json.loads(future._text_of())


def params_text(name: str, params: Mapping[str, Any]) -> str:
    """The parameters of a run: values only, for another run knows nothing of this one's calls.

    Raises:
        NotSendable: One has no form in JSON.
    """
    try:
        return dumps(dict(params), fill_in)
    except NotSendable as error:
        raise error.at(f"parameters of {name}") from None
