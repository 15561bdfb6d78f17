"""A store, as far as a workflow function sees it: keeps a journal and ends calls.

Also for tests that run on the SDK's oldest Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Answer = Callable[[dict[str, Any]], Any]
"""The value of a call, or the exception with which it fails."""

START_MS = 1767225600123


def called(seq: int, name: str, what: str = "task", **more: Any) -> dict[str, Any]:
    """An entry of the journal."""
    kind = {} if what == "task" else {"what": what}
    return {"kind": "call", "seq": seq, "name": name, **kind, **more}


def done(seq: int, value: Any, **more: Any) -> dict[str, Any]:
    """An entry of the journal."""
    text = json.dumps(value)
    return {"kind": "done", "seq": seq, "status": "succeeded", "value": text, **more}


def failed(
    seq: int, status: str = "failed", type: str = "ValueError", message: str = "no", **more: Any
) -> dict[str, Any]:
    """An entry of the journal."""
    error = {"type": type, "message": message, "traceback": "", "retryable": True}
    return {"kind": "done", "seq": seq, "status": status, "error": error, **more}


def turned(loop: int, seq: int, turn: int, value: str) -> dict[str, Any]:
    """An entry of the journal; ``value`` is what ``roll`` said."""
    return {"kind": "turn", "loop": loop, "seq": seq, "turn": turn, "value": value}


def add_up(call: dict[str, Any]) -> Any:
    """What the tasks of the conformance artifact give, where all their arguments are plain."""
    if call.get("kind", "task") == "run":
        return json.loads(call["params"]).get("n", call["name"])
    if call.get("kind"):
        return None
    args = json.loads(call["input"])["args"]
    return sum(args[0]) if call["name"] == "total" else sum(args)


class Store:
    """The journal of one run. The same at each point, whatever process it is given to.

    Attributes:
        entries: What it holds now.
        length: The most that it ever held.
        values: What has ended, in that order.
        sent: Calls that were sent, by number; a call that was sent twice is an error.
    """

    def __init__(self, answer: Answer = add_up, pick: Callable[[int], int] = lambda n: 0) -> None:
        self.entries: list[dict[str, Any]] = []
        self.length = 0
        self.sent: dict[int, dict[str, Any]] = {}
        self.values: dict[int, Any] = {}
        self.broken: set[int] = set()
        self.rolls: list[dict[str, Any]] = []
        self._answer = answer
        self._pick = pick
        self._open: list[int] = []
        self._ms = START_MS

    def push(self, calls: list[dict[str, Any]]) -> None:
        for call in calls:
            seq = call["seq"]
            assert seq == len(self.sent) + 1, "numbers have no gaps, and none comes twice"
            self.sent[seq] = call
            at = {"at": call["at"]} if "at" in call else {}
            self.entries.append(called(seq, call["name"], call.get("kind", "task"), **at))
            if call.get("kind") != "loop":
                self._open.append(seq)
        self.length = max(self.length, len(self.entries))

    def end_some(self, count: int) -> None:
        """So many of the calls that can end do, at least one; which, is the store's affair."""
        self.end_one()
        for _ in range(count - 1):
            if self._ready():
                self.end_one()

    def _ready(self) -> list[int]:
        return [
            seq
            for seq in self._open
            if all(need in self.values for need in self.sent[seq].get("needs", ()))
        ]

    def end_one(self) -> None:
        """One of the calls that can end does."""
        ready = self._ready()
        assert ready, "the function waits, and nothing is open"
        seq = ready[self._pick(len(self.values)) % len(ready)]
        self._open.remove(seq)
        self._ms += 1000
        broken = [need for need in self.sent[seq].get("needs", ()) if need in self.broken]
        value = "an upstream" if broken else self._answer(self._filled(self.sent[seq]))
        if broken or isinstance(value, Exception):
            self.broken.add(seq)
            self.entries.append(failed(seq, message=str(value), ms=self._ms))
        else:
            self.entries.append(done(seq, value, ms=self._ms))
        self.values[seq] = value
        self.length = max(self.length, len(self.entries))

    def _filled(self, call: dict[str, Any]) -> dict[str, Any]:
        def special(found: dict[str, Any]) -> Any:
            return self.values[found["$ref"]] if "$ref" in found else found

        if "input" not in call:
            return call
        return {**call, "input": json.dumps(json.loads(call["input"], object_hook=special))}

    def roll(self, message: dict[str, Any], given: int) -> int:
        """Forget a turn; how many entries of the new journal were given."""
        loop, last = message["loop"], message["seq"]
        assert not [seq for seq in self._open if loop < seq <= last], "all of the turn has ended"
        self.rolls.append(message)

        def kept(entry: dict[str, Any]) -> bool:
            if entry["kind"] == "turn":
                return bool(entry["loop"] < loop)
            return not loop < entry["seq"] <= last

        before = [entry for entry in self.entries[:given] if kept(entry)]
        after = [entry for entry in self.entries[given:] if kept(entry)]
        before.append(turned(loop, last, message["turn"], message["value"]))
        self.entries = before + after
        return len(before)
