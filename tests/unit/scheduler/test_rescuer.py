"""Agents get a lease of time after an outage that was longer than one."""

from __future__ import annotations

from salt_core.scheduler.leader import Outage
from salt_core.scheduler.rescuer import Rescuer
from salt_core.store import Recovery


class Recoveries:
    """The verb that a rescuer uses, counted."""

    def __init__(self, next_in_ms: int | None = None) -> None:
        self.calls = 0
        self.next_in_ms = next_in_ms

    async def recover(self, limit: int = 500) -> Recovery:
        self.calls += 1
        return Recovery((), (), 0, self.next_in_ms)


async def test_a_short_outage_takes_nothing_from_anyone() -> None:
    store = Recoveries()
    rescuer = Rescuer(store, 30.0, None, lambda: Outage(29.0, 100.0), clock=lambda: 101.0)  # type: ignore[arg-type]
    assert (await rescuer.pass_once()).waits_s == 0
    assert store.calls == 1


async def test_after_a_long_one_it_waits_a_lease() -> None:
    now = 101.0
    store = Recoveries()
    rescuer = Rescuer(store, 30.0, None, lambda: Outage(31.0, 100.0), clock=lambda: now)  # type: ignore[arg-type]
    did = await rescuer.pass_once()
    assert rescuer.pause_after(did) == 29.0
    assert store.calls == 0
    now = 130.0
    await rescuer.pass_once()
    assert store.calls == 1


async def test_it_sleeps_until_the_next_is_due_and_at_most_a_minute() -> None:
    for next_in_ms, pause in ((300, 0.301), (0, 0.005), (20_000, 20.001), (90_000, 60.0)):
        rescuer = Rescuer(Recoveries(next_in_ms), 30.0)  # type: ignore[arg-type]
        assert rescuer.pause_after(await rescuer.pass_once()) == pause


async def test_it_rests_while_nothing_runs_and_is_woken_when_work_begins() -> None:
    rescuer = Rescuer(Recoveries(None), 30.0)  # type: ignore[arg-type]
    assert rescuer.pause_after(await rescuer.pass_once()) == 60.0
    rescuer.work_began()
    assert rescuer._wakened.is_set()


async def test_work_that_goes_on_beginning_has_it_look_once_a_second() -> None:
    rescuer = Rescuer(Recoveries(20_000), 30.0)  # type: ignore[arg-type]
    assert rescuer.pause_after(await rescuer.pass_once()) == 20.001
    rescuer.work_began()
    assert rescuer.pause_after(await rescuer.pass_once()) == 1.0
    rescuer.work_began()
    assert rescuer.pause_after(await rescuer.pass_once()) == 20.001


async def test_work_that_began_during_a_pass_is_not_slept_through() -> None:
    rescuer = Rescuer(Recoveries(None), 30.0)  # type: ignore[arg-type]
    did = await rescuer.pass_once()
    rescuer.work_began()
    assert rescuer.pause_after(did) == 1.0
