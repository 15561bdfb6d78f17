"""Places, and whether work has all of them."""

from __future__ import annotations

from salt_agent.capacity import Capacity


def test_a_claim_on_its_way_does_not_crowd() -> None:
    places = Capacity(3)
    assert places.reserve() == 3
    assert places.free == 0
    assert not places.crowded
    places.use(2)
    assert (places.free, places.crowded) == (1, False)
    assert places.reserve() == 1
    places.use(1)
    assert (places.free, places.crowded) == (0, True)


def test_a_place_that_is_about_to_be_free_does_not_crowd() -> None:
    places = Capacity(1)
    places.reserve()
    places.use(1)
    places.leaving += 1
    assert not places.crowded
    places.leaving -= 1
    places.give_back()
    assert (places.free, places.crowded) == (1, False)
