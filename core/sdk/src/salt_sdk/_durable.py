"""The engine of an agent: a workflow function that is answered from its run's journal.

The function is run from its start each time. Calls that the journal holds are not sent again;
results are taken strictly in the journal's order, each only when the function waits for
something. So the function sees the same on every replay, and does the same, if it is
deterministic; where it does not, ``diverged`` says so before anything else happens.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from salt_sdk import _children, _source
from salt_sdk._calls import Calls, the_loop
from salt_sdk._channel import Channel, Closed
from salt_sdk._children import Window
from salt_sdk._declare import WorkflowFunction
from salt_sdk._encode import write
from salt_sdk._fetch import path_of
from salt_sdk._futures import Asked, Future, shown
from salt_sdk._input import call_input
from salt_sdk._running import LoopStart

if TYPE_CHECKING:
    from salt_sdk._running import Arguments, Declared

CALLS_PER_MESSAGE = 200
BYTES_PER_MESSAGE = 1 << 20

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Durable(Calls):
    """One run of one workflow function."""

    def __init__(
        self,
        channel: Channel,
        run: str,
        entries: Iterable[dict[str, Any]],
        now: int,
        leave: Callable[[int], NoReturn],
    ) -> None:
        super().__init__(run)
        self._channel = channel
        self._leave = leave
        self._ms = now
        self._unsent: list[dict[str, Any]] = []
        self._unsent_size = 0
        self._ahead: deque[dict[str, Any]] = deque()
        self._known: dict[int, dict[str, Any]] = {}
        self._turned: dict[int, dict[str, Any]] = {}
        self._used = 0
        self._take(entries)

    def now(self) -> datetime:
        return _EPOCH + timedelta(milliseconds=self._ms)

    # ---- asking -------------------------------------------------------------------------------

    def submit(self, declared: Declared, calls: Sequence[Arguments]) -> list[Future[Any]]:
        at = _source.place()
        at_once = declared.policy.concurrency
        if at_once is not None and at_once >= len(calls):
            at_once = None
        if isinstance(declared, WorkflowFunction):
            futures: list[Future[Any]] = [
                Future(self, _children.run(declared, arguments), 0) for arguments in calls
            ]
            Window(
                futures,
                len(futures) if at_once is None else at_once,
                lambda future, window: self._begin(future, at, window),
            )
        else:
            futures = []
            asked = _children.task(declared)
            group = ""
            policy: dict[str, Any] | None = None
            rules = declared.given_rules()
            for args, kwargs in calls:
                given = call_input(declared.name, args, kwargs, rules)
                if at_once is not None and not group:
                    group = f"map:{self.run}:{self._last + 1}"
                if policy is None or declared.policy.of_arguments():
                    policy = declared.wire_policy(args, kwargs, group)
                future: Future[Any] = Future(self, asked, 0)
                futures.append(future)
                call = self._made(future, at)
                if call is not None:
                    call["input"] = given.text
                    if given.data:
                        call["data"] = given.data
                    if given.needs:
                        call["needs"] = [need.seq for need in given.needs]
                    if policy:
                        call["policy"] = policy
                    self._send(call, len(given.text))
        self._flush()
        return futures

    def ask(self, asked: Asked) -> Future[Any]:
        future: Future[Any] = Future(self, asked, 0)
        self._begin(future, _source.place())
        self._flush()
        return future

    def _begin(
        self, future: Future[Any], at: _source.Place | None, window: Window | None = None
    ) -> None:
        call = self._made(future, at)
        if window is not None:
            self._windows[future.seq] = window
        if call is not None:
            call.update(future._asked.wire)
            self._send(call, len(call.get("params", "")))

    def _made(self, future: Future[Any], at: _source.Place | None) -> dict[str, Any] | None:
        """A call gets its number; what is said of it, as far as it is the same for all kinds.

        ``None``: the journal has it already.
        """
        asked = future._asked
        known = self._known.pop(self._last + 1, None)
        if known is not None:
            self._compare(known, asked)
        self._number(future)
        if known is not None:
            return None
        call: dict[str, Any] = {"seq": future.seq, "name": asked.name}
        if asked.kind != "task":
            call["kind"] = asked.kind
        if at is not None:
            call["at"] = str(at)
        return call

    def _send(self, call: dict[str, Any], size: int) -> None:
        self._unsent.append(call)
        self._unsent_size += size
        if len(self._unsent) >= CALLS_PER_MESSAGE or self._unsent_size >= BYTES_PER_MESSAGE:
            self._flush()

    def _flush(self) -> None:
        if self._unsent:
            calls, self._unsent, self._unsent_size = self._unsent, [], 0
            self._say({"type": "call", "calls": calls})

    # ---- the journal --------------------------------------------------------------------------

    def advance(self) -> None:
        """Use one entry of the journal; asks the agent for more when there is none."""
        if not self._ahead:
            self._flush()
            self._say({"type": "waiting", "entries": self._used})
            while not self._ahead:
                message = self._hear()
                if message["type"] == "journal":
                    self._take(message["entries"])
        entry = self._ahead.popleft()
        self._used += 1
        kind = entry["kind"]
        if kind == "done":
            self._must_be_made(entry["seq"])
            future = self._open.get(entry["seq"])
            if future is not None:
                self._ms = entry.get("ms", self._ms)
                self._end(future, self._used, entry)
                self._flush()
        elif kind == "call":
            self._must_be_made(entry["seq"], entry)
            future = self._open.get(entry["seq"])
            if future is not None:
                self._compare(entry, future._asked)
        elif kind == "turn":
            self._must_be_made(entry["loop"])

    def _take(self, entries: Iterable[dict[str, Any]]) -> None:
        for entry in entries:
            self._ahead.append(entry)
            if entry["kind"] == "call":
                if entry["seq"] > self._last:
                    self._known[entry["seq"]] = entry
            elif entry["kind"] == "turn":
                self._turned[entry["loop"]] = entry

    def check_end(self) -> None:
        """The function returns: the journal must not know of calls that it did not make."""
        if self._known:
            seq = min(self._known)
            self._diverge(self._known[seq], seq, "the workflow's end", None)

    # ---- rolling loops ------------------------------------------------------------------------

    def begin_loop(self) -> LoopStart:
        self.begin_held()
        future = self.ask(the_loop())
        self._turns.begin(future.seq)
        turned = self._turned.pop(future.seq, None)
        if turned is None:
            return LoopStart(future.seq)
        left = json.loads(turned["value"])
        # What the function had seen of earlier calls when it ended that turn, and no more.
        while self._turns.kept < left["used"]:
            self.advance()
        self._last = turned["seq"]
        self._ms = left["now"]
        self._turns.rolled(future.seq, self._last)
        return LoopStart(future.seq, turned["turn"], write(left["state"]))

    def end_turn(self, loop: int, turn: int, state: str, data: list[str]) -> None:
        self.finish(loop)
        if self._turns.unrolled(loop):
            self._turns.rolled(loop, self._last)
            value = f'{{"now":{self._ms},"used":{self._turns.kept},"state":{state}}}'
            self._flush()
            roll = {"type": "roll", "loop": loop, "seq": self._last, "turn": turn, "value": value}
            self._say({**roll, "data": data} if data else roll)

    # ---- data files ---------------------------------------------------------------------------

    def fetch(self, sha: str) -> str:
        """Where a data file is; what else the agent says meanwhile is kept.

        Raises:
            DataUnavailable: The agent cannot get it.
        """
        self._say({"type": "fetch", "data": sha})
        while True:
            message = self._hear()
            if message["type"] == "journal":
                self._take(message["entries"])
            elif message["type"] == "fetched" and message.get("data") == sha:
                return path_of(message)

    # ---- divergence ---------------------------------------------------------------------------

    def _compare(self, known: dict[str, Any], asked: Asked) -> None:
        if known["name"] != asked.name or known.get("what", "task") != asked.kind:
            seq = known["seq"]
            got = f"call {seq} {shown(asked.kind, asked.name)}"
            self._diverge(known, seq, got, _source.place())

    def _must_be_made(self, seq: int, entry: dict[str, Any] | None = None) -> None:
        """An entry is about a call that the function has made."""
        if seq <= self._last:
            return
        waits = next(iter(self._open.values()), None)
        got = (
            f"waiting for call {waits.seq} {shown(waits._asked.kind, waits._asked.name)}"
            if waits is not None
            else "no call"
        )
        self._diverge(self._known.get(seq) or entry or {}, seq, got, _source.place())

    def _diverge(
        self, known: dict[str, Any], seq: int, got: str, at: _source.Place | None
    ) -> NoReturn:
        """Say so and end: no line of the function may run any more, no ``finally`` either."""
        expected = f"call {seq} {shown(known.get('what', 'task'), str(known.get('name')))}"
        message: dict[str, Any] = {"type": "diverged", "expected": expected, "got": got}
        if known.get("at"):
            message["expected_at"] = known["at"]
        if at is not None:
            message["file"], message["line"] = at
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
