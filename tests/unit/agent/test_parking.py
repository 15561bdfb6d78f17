"""When a workflow function that waits lets go of its process."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import pytest

from salt_agent import parking
from salt_agent.capacity import Capacity
from salt_agent.endings import Reason
from salt_agent.parking import Parker
from salt_agent.patience import Patience
from salt_agent.report import Report
from salt_core.config import Config
from salt_core.model.lease import Token
from salt_core.store import Parking


class Stage:
    """Everything around a parker; ``answers`` are the store's, the last one for ever."""

    def __init__(self, config: Config, *answers: Parking) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[int, bool]] = []
        self.token = Token("r", "0", 1, "n")
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_parked = False
        self.stopped: Reason | None = None
        self.sent = self.position = 4
        self.lock = asyncio.Lock()
        self.grown = asyncio.Event()
        self.empty = True
        self.places = Capacity(2)
        self.tasks: list[asyncio.Task[None]] = []
        patience = Patience(config, Report(stream=io.StringIO()))
        self.parker = Parker(self, self, patience, self.places, self, self, self.begin)  # type: ignore[arg-type]

    async def park(self, body: Token, position: int, *, force: bool = False) -> Parking:
        self.asked.append((position, force))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def parked(self) -> None:
        self.is_parked = True

    def stop(self, reason: Reason) -> None:
        self.stopped = reason

    def begin(self, parker: Parker) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(parker.park()))

    def fill(self) -> None:
        self.places.reserve()
        self.places.use(2)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "CROWDED_S", 0.02)
    monkeypatch.setattr(parking, "WAITS_S", 0.1)
    monkeypatch.setattr(parking, "TASKS_S", 0.4)


Staged = Callable[..., Stage]


@pytest.fixture
async def staged(config: Config) -> Staged:
    return lambda *answers: Stage(config, *answers)


async def test_one_that_waits_is_parked(staged: Staged) -> None:
    stage = staged(Parking.PARKED)
    began = asyncio.get_running_loop().time()
    stage.parker.waits(4)
    await stage.until(lambda: stage.is_parked)
    assert asyncio.get_running_loop().time() - began >= 0.09
    assert stage.asked == [(4, False)]


async def test_quick_results_cost_nothing(staged: Staged) -> None:
    stage = staged(Parking.PARKED)
    for _ in range(30):
        stage.parker.waits(stage.sent)
        await asyncio.sleep(0.01)
        stage.sent += 1
        stage.parker.goes_on()
    stage.parker.stop()
    assert stage.asked == []


async def test_tasks_under_way_are_waited_for_longer(staged: Staged) -> None:
    stage = staged(Parking.BUSY, Parking.PARKED)
    began = asyncio.get_running_loop().time()
    stage.parker.waits(4)
    await stage.until(lambda: stage.is_parked)
    assert asyncio.get_running_loop().time() - began >= 0.39
    assert stage.asked == [(4, False), (4, True)]


async def test_entries_that_it_has_not_seen_come_first(staged: Staged) -> None:
    stage = staged(Parking.GROWN, Parking.PARKED)
    stage.parker.waits(4)
    await stage.until(stage.grown.is_set)
    # Its own calls come back: it uses them, waits again, and is parked without another wait.
    stage.sent = stage.position = 6
    stage.parker.waits(6)
    await asyncio.sleep(0)
    await stage.until(lambda: len(stage.asked) == 2)
    assert stage.asked == [(4, False), (6, False)]
    assert stage.is_parked


async def test_a_result_begins_the_wait_anew(staged: Staged) -> None:
    stage = staged(Parking.GROWN, Parking.PARKED)
    stage.parker.waits(4)
    await stage.until(stage.grown.is_set)
    stage.sent = 6
    stage.parker.goes_on()
    stage.parker.waits(6)
    await asyncio.sleep(0.05)
    assert len(stage.asked) == 1
    await stage.until(lambda: len(stage.asked) == 2)


async def test_of_many_one_makes_room_for_one(config: Config, staged: Staged) -> None:
    first, second = staged(Parking.PARKED), staged(Parking.PARKED)
    second.parker._places = first.places  # they are in one agent
    first.fill()
    first.parker.waits(4)
    second.parker.waits(4)
    await first.until(lambda: first.is_parked)
    await asyncio.sleep(0.05)
    assert first.asked == [(4, True)]
    assert second.asked == []
    second.parker.stop()
    first.settled.set_result(None)
    await asyncio.sleep(0)
    assert first.places.leaving == 0


async def test_what_is_on_its_way_to_the_store_goes_first(staged: Staged) -> None:
    stage = staged(Parking.PARKED)
    stage.empty = False
    stage.parker.waits(4)
    await asyncio.sleep(0.3)
    assert stage.asked == []
    stage.empty = True
    await stage.until(lambda: stage.is_parked)


async def test_one_that_is_lost_ends(staged: Staged) -> None:
    stage = staged(Parking.STALE)
    stage.parker.waits(4)
    await stage.until(lambda: stage.stopped is Reason.LOST)
    assert not stage.is_parked
    assert stage.places.leaving == 0


async def test_a_store_that_grows_and_shows_nothing_is_asked_again(staged: Staged) -> None:
    stage = staged(Parking.GROWN, Parking.PARKED)
    stage.parker.waits(4)
    await stage.until(lambda: stage.is_parked)
    assert len(stage.asked) == 2
