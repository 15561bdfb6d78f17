"""The arguments of a call as text; futures in them become references."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from salt_sdk._encode import dumps
from salt_sdk._errors import NotSendable
from salt_sdk._futures import Future


class Input(NamedTuple):
    """``input`` of a CALL in WIRE.md, the futures whose numbers are its ``needs``, and its ``data``."""

    text: str
    needs: list[Future[Any]]
    data: list[str]


def call_input(
    name: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    rules: Mapping[str, Any] | None = None,
) -> Input:
    """What a task is given; ``rules``: what its own process must know of the call.

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

    data: list[str] = []
    try:
        given: dict[str, Any] = {"args": list(args), "kwargs": dict(kwargs)}
        if rules:
            given["rules"] = dict(rules)
        text = dumps(given, refer, data)
    except NotSendable as error:
        raise error.at(f"arguments of {name}") from None
    return Input(text, list(needs.values()), data)


def fill_in(future: Future[Any]) -> Any:
    """What stands for a future where no reference can: its own value; waits for it.

    A tree that was written once and is only passed on: keys stay as they were written.
    """
    return json.loads(future._text_of())


def run_input(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """``params`` and ``data`` of a CALL of kind ``run``.

    Values only, for another run knows nothing of this one's calls.

    Raises:
        NotSendable: One has no form in JSON.
    """
    data: list[str] = []
    try:
        text = dumps(dict(params), fill_in, data)
    except NotSendable as error:
        raise error.at(f"parameters of {name}") from None
    return {"params": text, "data": data} if data else {"params": text}
