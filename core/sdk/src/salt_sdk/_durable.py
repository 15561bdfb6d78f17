"""The engine of an agent: a workflow function that is answered from its run's journal.

The function is run from its start each time. Calls that the journal holds are not sent again;
results are taken strictly in the journal's order, each only when the function waits for
something. So the function sees the same on every replay, and does the same, if it is
deterministic; where it does not, ``diverged`` says so before anything else happens.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from salt_sdk._channel import Channel, Closed
from salt_sdk._declare import shown_path
from salt_sdk._errors import TaskFailed
from salt_sdk._futures import Future
from salt_sdk._input import call_input

if TYPE_CHECKING:
    from salt_sdk._declare import Task
    from salt_sdk._running import Arguments

CALLS_PER_MESSAGE = 200
BYTES_PER_MESSAGE = 1 << 20

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Durable:
    """One run of one workflow function.

    Attributes:
        created: When the run was created.
        futures: Every call made so far; number ``seq`` is at ``seq - 1``.
    """

    def __init__(
        self,
        channel: Channel,
        entries: Iterable[dict[str, Any]],
        now: int,
        leave: Callable[[int], NoReturn],
    ) -> None:
        self.created = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=now)
        self.futures: list[Future[Any]] = []
        self._channel = channel
        self._leave = leave
        self._ahead: deque[dict[str, Any]] = deque()
        self._names: dict[int, str] = {}
        self._used = 0
        self._take(entries)

    def submit(self, task: Task[..., Any], calls: Sequence[Arguments]) -> list[Future[Any]]:
        """Ask for tasks; what the journal knows already is compared and not sent."""
        made: list[Future[Any]] = []
        unsent: list[dict[str, Any]] = []
        size = 0
        for args, kwargs in calls:
            given = call_input(task.name, args, kwargs)
            seq = len(self.futures) + 1
            future: Future[Any] = Future(self, task, seq)
            known = self._names.get(seq)
            if known is not None and known != task.name:
                self._diverge(f"call {seq} of {known}", f"call {seq} of {task.name}")
            self.futures.append(future)
            made.append(future)
            if known is not None:
                continue
            call = {"seq": seq, "name": task.name, "input": given.text, "needs": given.needs}
            policy = task.policy.wire()
            if policy:
                call["policy"] = policy
            unsent.append(call)
            size += len(given.text)
            if len(unsent) >= CALLS_PER_MESSAGE or size >= BYTES_PER_MESSAGE:
                self._say({"type": "call", "calls": unsent})
                unsent, size = [], 0
        if unsent:
            self._say({"type": "call", "calls": unsent})
        return made

    def advance(self) -> None:
        """Use one entry of the journal; asks the agent for more when there is none."""
        if not self._ahead:
            self._say({"type": "waiting", "entries": self._used})
            while not self._ahead:
                message = self._hear()
                if message["type"] == "journal":
                    self._take(message["entries"])
        entry = self._ahead.popleft()
        self._used += 1
        if entry["kind"] not in ("call", "done"):
            return
        seq = entry["seq"]
        if seq > len(self.futures):
            waits = next(f for f in self.futures if not f._order) if self.futures else None
            got = f"waiting for call {waits.seq} of {waits._task.name}" if waits else "no call"
            self._diverge(f"call {seq} of {self._names.get(seq, entry.get('name'))}", got)
        future = self.futures[seq - 1]
        if entry["kind"] == "call":
            if entry["name"] != future._task.name:
                self._diverge(
                    f"call {seq} of {entry['name']}", f"call {seq} of {future._task.name}"
                )
        elif not future._order:
            self._settle(future, entry)

    def check_end(self) -> None:
        """The function returns: the journal must not know of calls that it did not make."""
        last = max(self._names, default=0)
        if last > len(self.futures):
            seq = len(self.futures) + 1
            self._diverge(f"call {seq} of {self._names.get(seq)}", "the workflow's end")

    def _take(self, entries: Iterable[dict[str, Any]]) -> None:
        for entry in entries:
            self._ahead.append(entry)
            if entry["kind"] == "call":
                self._names[entry["seq"]] = entry["name"]

    def _settle(self, future: Future[Any], entry: dict[str, Any]) -> None:
        if entry["status"] == "succeeded":
            future._settle(self._used, entry["value"])
            return
        error = entry.get("error") or {}
        future._settle(
            self._used,
            failure=TaskFailed(
                future._task.name,
                future.seq,
                error.get("type", entry["status"]),
                error.get("message", ""),
                error.get("traceback", ""),
                entry["status"],
            ),
        )

    def _diverge(self, expected: str, got: str) -> NoReturn:
        """Say so and end: no line of the function may run any more, no ``finally`` either."""
        message: dict[str, Any] = {"type": "diverged", "expected": expected, "got": got}
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
            frame = frame.f_back
        if not frame.f_code.co_filename.startswith(_HERE):
            message["file"], message["line"] = shown_path(frame.f_code.co_filename), frame.f_lineno
        self._say(message)
        self._leave(1)

    # An agent that closes the channel parks the function: it ends here, and no ``except`` or
    # ``finally`` of the user's runs; what would they clean up? The run goes on elsewhere.

    def _say(self, message: dict[str, Any]) -> None:
        try:
            self._channel.send(message)
        except Closed:
            self._leave(0)

    def _hear(self) -> dict[str, Any]:
        try:
            return self._channel.read()
        except Closed:
            self._leave(0)
