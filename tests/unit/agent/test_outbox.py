"""Calls and turns on their way to the store, and the journal on its way back: in order."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from salt_agent import feed as feeding
from salt_agent.blobaccess import AsyncBlobs
from salt_agent.callees import Callees
from salt_agent.datafiles import AttemptFiles, DataFiles
from salt_agent.endings import Reason
from salt_agent.feed import Feed, JournalFull
from salt_agent.outbox import Outbox
from salt_agent.patience import Patience
from salt_agent.recoverer import Recoverer
from salt_agent.report import Report
from salt_agent.values import KEPT_INLINE, ValueRefused, Values
from salt_core.config import Config
from salt_core.model.call import Call
from salt_core.model.journal import Called, Done, Entry
from salt_core.model.lease import Token
from salt_core.model.status import TaskStatus
from salt_core.model.task import Assignment, Policy
from salt_core.model.workflow import Version, Workflow
from salt_core.store import Outcome
from salt_core.wire.messages import Calls, Roll, WireCall


class Stage:
    """A store that remembers, and an attempt with an outbox and a feed."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.done: list[Any] = []
        self.outcome = Outcome.OK
        self.rolled: int | None = 3
        self.entries: list[Entry] = []
        self.frames: list[dict[str, Any]] = []
        self.given = 0
        self.stopped: Reason | None = None
        self.token = Token("r", "0", 1, "n")
        self.assignment = Assignment(
            self.token,
            "wf",
            "a" * 12,
            "wf",
            "{}",
            Policy(queue="q", priority=3),
            1000,
            0,
            body=True,
        )
        blobs, report = AsyncBlobs(config), Report(stream=io.StringIO())
        self.blobs = blobs.blocking()
        patience = Patience(config, report)
        values = Values(blobs, patience)
        self.data = DataFiles(blobs, patience)
        self.recoverer = Recoverer(self, patience, report, 30.0)  # type: ignore[arg-type]
        self.feed = Feed(self, values, patience, "r", self.goes_on)  # type: ignore[arg-type]
        callees = Callees(self, patience)  # type: ignore[arg-type]
        stores: tuple[Any, Any] = (self, self)
        self.outbox = Outbox(*stores, values, patience, callees, self.recoverer, self.feed)
        self.files = AttemptFiles(self.data, str(folder))
        self.loops = [asyncio.ensure_future(self.outbox.run(self.files))]

    def goes_on(self) -> None:
        self.given += 1

    async def push(self, body: Token, calls: Sequence[Call]) -> Outcome:
        await asyncio.sleep(0.01)
        self.done.append(list(calls))
        return self.outcome

    async def roll(
        self, body: Token, loop: int, seq: int, turn: int, value: str, position: int
    ) -> int | None:
        self.done.append((loop, seq, turn, value, position))
        return self.rolled

    async def journal(self, run: str, start: int, limit: int) -> list[Entry]:
        return self.entries[start : start + limit]

    async def workflow(self, name: str) -> Workflow | None:
        return None

    async def workflows(self) -> list[Workflow]:
        return []

    async def version(self, workflow: str, version: str) -> Version | None:
        return None

    def stop(self, reason: Reason) -> None:
        self.stopped = reason

    def send(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame))

    async def written(self) -> None:
        """A process that reads at once."""

    async def sent(self) -> None:
        async with asyncio.timeout(20):
            while not self.outbox.empty and not self.loops[0].done():
                await asyncio.sleep(0.005)
        if self.loops[0].done():
            await self.loops[0]


@pytest.fixture
async def stage(config: Config, tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(config, tmp_path)
    yield stage
    for loop in stage.loops:
        loop.cancel()
    await asyncio.gather(*stage.loops, return_exceptions=True)
    stage.data.close()


def calls(*said: WireCall) -> Calls:
    return Calls(calls=said)


def task(seq: int, **more: Any) -> WireCall:
    return WireCall(seq=seq, name="work", input='{"args":[]}', **more)


def roll(turn: int, seq: int, value: str = "1") -> Roll:
    return Roll(loop=1, seq=seq, turn=turn, value=value)


async def test_turns_stay_behind_the_calls_that_made_them(stage: Stage) -> None:
    stage.outbox.put(calls(task(2), task(3)))
    stage.outbox.put(roll(1, 3))
    stage.outbox.put(calls(task(4)))
    stage.outbox.put(roll(2, 4))
    assert not stage.outbox.empty
    await stage.sent()
    first, turned, second, again = stage.done
    assert [call.seq for call in first] == [2, 3]
    assert turned == (1, 3, 1, "1", 0)
    assert [call.seq for call in second] == [4]
    # The store has said how many entries of the new journal the process was given.
    assert again == (1, 4, 2, "1", 3)
    assert stage.feed.position == 3


async def test_calls_get_the_run_s_queue_and_keep_their_own(stage: Stage) -> None:
    stage.outbox.put(calls(task(1), task(2, policy={"queue": "gpu"})))
    await stage.sent()
    assert [(one.policy.queue, one.policy.priority) for one in stage.done[0]] == [
        ("q", 3),
        ("gpu", 3),
    ]


async def test_what_cannot_be_called_ends_at_once(stage: Stage) -> None:
    stage.outbox.put(calls(task(1), WireCall(seq=2, name="absent", kind="run", params='{"a":1}')))
    await stage.sent()
    fine, refused = stage.done[0]
    assert fine.refused is None
    assert (refused.refused.type, refused.refused.retryable) == ("NotFound", False)
    assert "There is no workflow 'absent'." in refused.refused.message
    assert refused.child is None


async def test_large_inputs_and_states_go_by_reference(stage: Stage) -> None:
    large = json.dumps("x" * KEPT_INLINE)
    stage.outbox.put(calls(WireCall(seq=1, name="work", input=large)))
    stage.outbox.put(roll(1, 1, large))
    await stage.sent()
    assert stage.done[0][0].input.startswith('{"$blob":')
    assert stage.done[1][3].startswith('{"$blob":')


async def test_data_files_are_there_before_anyone_is_told(stage: Stage) -> None:
    with pytest.raises(ValueRefused, match="did not write it"):
        stage.outbox.put(calls(task(1, data=("0" * 64,))))
        await stage.sent()
    assert stage.done == []


async def test_an_attempt_that_is_stale_ends(stage: Stage) -> None:
    stage.outcome = Outcome.STALE
    stage.outbox.put(calls(task(1)))
    await stage.sent()
    assert stage.stopped is Reason.LOST


async def test_a_turn_of_a_stale_attempt_ends_it(stage: Stage) -> None:
    stage.rolled = None
    stage.outbox.put(roll(1, 1))
    await stage.sent()
    assert stage.stopped is Reason.LOST


async def test_a_journal_has_a_ceiling(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "LONGEST_JOURNAL", 10)
    stage.outbox.put(calls(*(task(seq) for seq in range(1, 11))))
    await stage.sent()
    stage.outbox.put(calls(task(11)))
    with pytest.raises(JournalFull, match="for turn in loop"):
        await stage.sent()
    assert len(stage.done) == 1


async def test_pages_come_before_the_function_starts_and_results_after(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "_PAGE", 2)
    stage.entries = [
        Called(1, "work"),
        Called(2, "work"),
        Done(1, TaskStatus.SUCCEEDED, "1"),
        Done(2, TaskStatus.SUCCEEDED, "2"),
    ]
    first, more = await stage.feed.first()
    assert (first, more) == (stage.entries[:2], True)
    stage.loops.append(asyncio.ensure_future(stage.feed.run(stage)))  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        while len(stage.frames) < 2:
            await asyncio.sleep(0.005)
    assert [(len(one["entries"]), one["more"]) for one in stage.frames] == [(2, True), (0, False)]
    assert stage.given == 0
    stage.entries += [Called(3, "work")]
    stage.feed.grown.set()
    await asyncio.sleep(0.05)
    assert (len(stage.frames), stage.given) == (3, 0)
    stage.entries += [Done(3, TaskStatus.SUCCEEDED, "3")]
    stage.feed.grown.set()
    await asyncio.sleep(0.05)
    assert (len(stage.frames), stage.given) == (4, 1)
    assert (stage.feed.position, stage.feed.sent, stage.feed.last_call) == (6, 6, 3)
