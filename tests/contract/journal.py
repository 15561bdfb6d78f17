"""An agent and its store, as far as a workflow function sees them: answers calls, keeps a journal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.driver import Agent, Child, called, done, turned

Answer = Callable[[dict[str, Any]], Any]
"""The value of a call."""

START_MS = 1767225600123


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
        sent: Calls that were sent, by number; a call that was sent twice is an error.
    """

    def __init__(self, answer: Answer = add_up, pick: Callable[[int], int] = lambda n: 0) -> None:
        self.entries: list[dict[str, Any]] = []
        self.length = 0
        self.sent: dict[int, dict[str, Any]] = {}
        self.values: dict[int, Any] = {}
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

    def end_one(self) -> None:
        """One of the calls that can end does."""
        ready = [
            seq
            for seq in self._open
            if all(need in self.values for need in self.sent[seq].get("needs", ()))
        ]
        assert ready, "the function waits, and nothing is open"
        seq = ready[self._pick(len(ready)) % len(ready)]
        self._open.remove(seq)
        self._ms += 1000
        self.values[seq] = self._answer(self._filled(self.sent[seq]))
        self.entries.append(done(seq, self.values[seq], ms=self._ms))
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


def live(
    agent: Agent, store: Store, name: str, params: dict[str, Any], stop_after: int | None = None
) -> Any:
    """Run a workflow function on its journal until it ends, as one process.

    Args:
        stop_after: Park it when it has been given so many new entries.

    Returns:
        Its value, or ``None`` when it was parked; or the message with which it ended otherwise.
    """
    child: Child = agent.fork()
    child.workflow(name, params=params, journal=store.entries)
    given = len(store.entries)
    fresh = 0
    while True:
        message = child.read()
        if message["type"] == "call":
            store.push(message["calls"])
        elif message["type"] == "roll":
            given = store.roll(message, given)
        elif message["type"] == "waiting":
            if given == len(store.entries):
                store.end_one()
            entry = store.entries[given]
            if fresh == stop_after:
                child.socket.close()
                assert child.exited()["code"] == 0
                return None
            child.journal(entry)
            given, fresh = given + 1, fresh + 1
        elif message["type"] == "result":
            child.exited()
            return json.loads(message["value"])
        else:
            child.exited()
            return message
