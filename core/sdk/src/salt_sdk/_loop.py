"""A loop of any length: at the end of each turn its calls are forgotten, and one value is kept."""

from __future__ import annotations

import dataclasses
from typing import Any, Generic, TypeVar, overload

from salt_sdk import _inline, _running
from salt_sdk._decode import decode, loads
from salt_sdk._encode import dumps
from salt_sdk._errors import BadInput, Fatal, NotSendable
from salt_sdk._input import fill_in

S = TypeVar("S")


class Loop(Generic[S]):
    """The turns of a loop, and the value that each leaves to the next.

        for turn in (state := loop(start)):
            page = fetch(state.value)
            state.value = page.next
            if page.last:
                break

    Gives the number of the turn, from 1. At the end of a turn all its calls are waited for, then
    forgotten: only ``value`` goes from one turn to the next, as JSON. Journal, memory and replay
    stay as long as one turn.

    Attributes:
        value: What this turn got from the one before it; what it sets is for the next.
        turn: The number of this turn; 0 before the first.
    """

    def __init__(self, start: S, of: Any) -> None:
        self._of = of
        self._seq = 0
        self._stopped = False
        self._engine: _running.Engine | None = None
        self.turn = 0
        self.value: S = self._read(self._text(start))

    def stop(self) -> None:
        """Let this turn be the last."""
        self._stopped = True

    def __iter__(self) -> Loop[S]:
        if self._engine is not None:
            raise Fatal("a loop runs once; make another one with loop()")
        return self

    def __next__(self) -> int:
        if self._stopped:
            raise StopIteration
        if self._engine is None:
            self._engine = _running.engine() or _inline.ENGINE
            begun = self._engine.begin_loop()
            self._seq, self.turn = begun.seq, begun.turn
            if begun.state is not None:
                self.value = self._read(begun.state)
        else:
            data: list[str] = []
            text = self._text(self.value, data)
            self._engine.end_turn(self._seq, self.turn, text, data)
            self.value = self._read(text)
        self.turn += 1
        self._engine.begin_turn(self._seq, self.turn)
        return self.turn

    def _text(self, value: Any, data: list[str] | None = None) -> str:
        try:
            return dumps(value, fill_in, data)
        except NotSendable as error:
            raise error.at("value of the loop") from None

    def _read(self, text: str) -> S:
        try:
            value: S = decode(self._of, loads(text))
        except BadInput as error:
            raise error.at("value of the loop") from None
        return value


@overload
def loop(start: Any, of: type[S]) -> Loop[S]: ...


@overload
def loop(start: S, of: Any = None) -> Loop[S]: ...


def loop(start: Any, of: Any = None) -> Loop[Any]:
    """A loop whose turns do not add up: see ``Loop``.

    Args:
        start: The value of the first turn.
        of: The value's type, as an annotation. Default: that of ``start`` when it is a dataclass,
            a NamedTuple or a pydantic model, else plain JSON.

    Raises:
        NotSendable: The value has no form in JSON.
        BadInput: It does not fit ``of``.
    """
    if of is None:
        kind = type(start)
        own = dataclasses.is_dataclass(kind) or hasattr(kind, "model_validate")
        of = kind if own or hasattr(kind, "_fields") else Any
    return Loop(start, of)
