"""Any error means: we do not lead. And the belief ends before the lease does."""

from __future__ import annotations

import pytest

from salt_core.errors import Unreachable
from salt_core.scheduler.leader import Leader


class Elections:
    """The two verbs that a leader uses, recorded."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []
        self.resigned: list[str] = []

    async def elect(self, host: str, ttl_ms: int) -> bool:
        self.asked.append((host, ttl_ms))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def resign(self, host: str) -> None:
        self.resigned.append(host)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def one_pass(leader: Leader) -> None:
    try:
        await leader.pass_once()
    except Unreachable as error:
        leader.failed(error)


async def test_it_leads_until_shortly_before_the_lease_ends() -> None:
    clock, store = Clock(), Elections(True)
    leader = Leader(store, "me", ttl_s=4.0, clock=clock)  # type: ignore[arg-type]
    gained: list[int] = []
    leader.on_gain(lambda: gained.append(1))
    assert not leader.leads()
    await one_pass(leader)
    assert leader.leads() and gained == [1]
    assert store.asked == [("me", 4000)]
    clock.now += 3.5
    assert leader.leads()
    clock.now += 0.2
    assert not leader.leads()


@pytest.mark.parametrize("answer", [False, Unreachable("gone")])
async def test_a_refusal_or_an_error_ends_it_at_once(answer: bool | Exception) -> None:
    leader = Leader(Elections(True, answer), "me", clock=Clock())  # type: ignore[arg-type]
    await one_pass(leader)
    await one_pass(leader)
    assert not leader.leads()


async def test_another_host_is_found_within_five_seconds_of_a_kill() -> None:
    leader = Leader(Elections(), "me")  # type: ignore[arg-type]
    slowest = leader.pause_after(False) * (1 + leader.jitter)
    assert 4.0 + slowest < 5
    assert leader.pause_after(True) * (1 + leader.jitter) < 4.0 * 0.9 / 2


async def test_it_resigns_only_what_it_holds() -> None:
    for answer, resigned in ((True, ["me"]), (False, [])):
        store = Elections(answer)
        leader = Leader(store, "me")  # type: ignore[arg-type]
        await one_pass(leader)
        await leader.stop()
        assert store.resigned == resigned
        assert not leader.leads()


async def test_it_remembers_how_long_the_store_was_away() -> None:
    clock = Clock()
    store = Elections(True, Unreachable("gone"), Unreachable("gone"), True)
    leader = Leader(store, "me", clock=clock)  # type: ignore[arg-type]
    for _ in range(4):
        await one_pass(leader)
        clock.now += 20
    assert leader.outage is not None
    assert (leader.outage.lasted_s, leader.outage.ended) == (40.0, 160.0)
