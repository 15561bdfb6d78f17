"""Which slots fire when several are due."""

from __future__ import annotations

from dataclasses import replace

import pytest

from salt_core.model.schedule import Schedule
from salt_core.scheduler.catchup import ALL_AT_MOST, NEVER, Plan, Step, delay, plan

T = 1_767_225_600_000  # 2026-01-01T00:00Z


def schedule(every_s: float = 60.0, **changes: object) -> Schedule:
    plain = Schedule("wf.0", "wf", None, every_s, "UTC", "{}", next_due=T)
    return replace(plain, **changes)  # type: ignore[arg-type]


def fired(one: Schedule, now: int) -> list[int]:
    return [step.due for step in plan(one, now).steps if step.fires]


def check_chain(one: Schedule, what: Plan, now: int) -> None:
    """Each step begins where the one before it ended, and the cursor ends beyond now."""
    cursor = one.next_due
    for step in what.steps:
        assert step.due == cursor < step.next_due
        cursor = step.next_due
    if what.ripe_at is None:
        assert cursor > now
    else:
        assert cursor <= now < what.ripe_at


def test_one_due_slot_fires() -> None:
    for catchup in ("none", "latest", "all"):
        one = schedule(catchup=catchup)
        assert plan(one, T + 4) == Plan((Step(T, T + 60_000, fires=True),))


def test_nothing_is_due_yet() -> None:
    assert plan(schedule(), T - 1) == Plan(())


def test_after_an_outage() -> None:
    now = T + 5 * 60_000 + 3
    newest = T + 5 * 60_000
    assert fired(schedule(catchup="latest"), now) == [newest]
    assert fired(schedule(catchup="none"), now) == [newest]
    assert fired(schedule(catchup="none"), now + 30_000) == []
    assert fired(schedule(catchup="all"), now) == [T + n * 60_000 for n in range(6)]
    assert plan(schedule(catchup="latest"), now).steps == (
        Step(T, newest, fires=False),
        Step(newest, newest + 60_000, fires=True),
    )
    assert plan(schedule(catchup="none"), now + 30_000).steps == (
        Step(T, newest + 60_000, fires=False),
    )


def test_all_has_a_bound() -> None:
    now = T + 86_400_000
    one = schedule(1.0, catchup="all")
    what = plan(one, now)
    check_chain(one, what, now)
    assert fired(one, now) == [now - n * 1000 for n in range(ALL_AT_MOST - 1, -1, -1)]
    assert what.steps[0] == Step(T, now - (ALL_AT_MOST - 1) * 1000, fires=False)


@pytest.mark.parametrize("catchup", ["none", "latest", "all"])
@pytest.mark.parametrize("jitter_s", [0.0, 2.0, 600.0])
@pytest.mark.parametrize("late", [0, 1, 59_999, 60_000, 61_000, 3_600_000, 86_400_000])
def test_steps_are_a_chain(catchup: str, jitter_s: float, late: int) -> None:
    for one in (
        schedule(60.0, catchup=catchup, jitter_s=jitter_s),
        schedule(None, cron="*/7 * * * *", catchup=catchup, jitter_s=jitter_s),  # type: ignore[arg-type]
    ):
        check_chain(one, plan(one, T + late), T + late)


def test_jitter_is_the_same_for_every_host_and_keeps_slots_in_order() -> None:
    one = schedule(60.0, jitter_s=30.0)
    delays = [delay(one, T + n * 60_000) for n in range(200)]
    assert delays == [delay(one, T + n * 60_000) for n in range(200)]
    assert all(0 <= each < 30_000 for each in delays)
    assert max(delays) > 27_000 and min(delays) < 3_000
    long = schedule(60.0, jitter_s=6000.0)
    assert all(delay(long, T + n * 60_000) < 60_000 for n in range(200))


def test_a_slot_waits_for_its_delay_and_hides_none_before_it() -> None:
    one = schedule(60.0, jitter_s=50.0, catchup="all")
    waits = delay(one, T)
    assert waits > 0
    assert plan(one, T + waits - 1) == Plan((), ripe_at=T + waits)
    assert fired(one, T + waits) == [T]
    later = T + 60_000
    what = plan(one, later)
    assert what.ripe_at == later + delay(one, later)
    assert what.steps == (Step(T, later, fires=True),)


def test_a_cursor_that_is_no_slot_moves_on_to_one() -> None:
    one = schedule(None, cron="30 2 * * *", next_due=T + 17)  # type: ignore[arg-type]
    assert plan(one, T + 20).steps == (Step(T + 17, T + 9_000_000, fires=False),)


def test_after_the_last_slot_comes_none() -> None:
    last = 253_402_214_400_000  # 9999-12-31T00:00Z
    one = schedule(None, cron="0 0 31 12 *", next_due=last)  # type: ignore[arg-type]
    assert plan(one, last + 1).steps == (Step(last, NEVER, fires=True),)
