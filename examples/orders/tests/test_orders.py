from datetime import date

import pytest
from orders.flow import Order, amounts_are_above_zero, bill, load, numbers_go_up, orders

from salt_sdk import InvalidData, Rejected
from salt_sdk.testing import Reject, simulate

ODD = date(2026, 3, 3)


def test_a_good_day_needs_nobody():
    day = orders(date(2026, 3, 2))
    assert (day.total, day.released, len(day.bills)) == (625.65, "", 6)
    assert day.seen == "6 orders of 3 customers"


def test_an_odd_day_is_accepted_and_its_sum_released():
    with simulate(approvals={"load": {}, "release": {"note": "as agreed"}}):
        day = orders(ODD)
    assert day.seen == "4 orders of 4 customers"
    assert day.bills == ["1007: 75.00 to Ada", "1009: 210.00 to Ben", "1010: 940.00 to Dan"]
    assert day.released.endswith("as agreed")


def test_an_odd_day_that_is_rejected_bills_nobody():
    with simulate(approvals={"load": Reject("typed by hand")}), pytest.raises(InvalidData):
        orders(ODD)


def test_a_sum_that_is_not_released_bills_nobody():
    with (
        simulate(
            approvals={"release": Reject("too much")}, replace={load: [Order(1, "Ada", 5000.0)]}
        ),
        pytest.raises(Rejected),
    ):
        orders(ODD)


def test_the_checks_alone():
    with pytest.raises(AssertionError, match="1 of 2 orders"):
        amounts_are_above_zero([Order(1, "Ada", 1.0), Order(2, "Ben", 0.0)])
    assert not numbers_go_up([Order(2, "Ada", 1.0), Order(1, "Ben", 1.0)])


def test_tasks_are_plain_functions_here():
    assert bill("Ada", Order(7, "Ada", 1.5)) == "7: 1.50 to Ada"
