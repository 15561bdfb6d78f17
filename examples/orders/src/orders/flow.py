"""A day's orders: looked at, put right by a person where they are odd, approved, billed.

What is odd is held back: tasks that need good data wait for ``salt approve RUN load``, those that
take what there is go on at once.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from salt_sdk import approve, check, record, task, workflow


@dataclass
class Order:
    number: int
    customer: str
    amount: float


@dataclass
class Day:
    """What became of a day's orders.

    Attributes:
        seen: What the preview said, of data that may be odd.
        released: Who approved the bills and what they noted; empty when nobody had to.
    """

    seen: str
    bills: list[str]
    total: float
    released: str


@task(retries=2, timeout="1m")
def load(day: date) -> list[Order]:
    text = files("orders").joinpath(f"{day}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return [Order(int(row["number"]), row["customer"], float(row["amount"])) for row in rows]


@check(load, severity="quarantine")
def amounts_are_above_zero(orders: list[Order]) -> None:
    odd = [order.number for order in orders if order.amount <= 0]
    record(orders=len(orders), odd=len(odd))
    assert not odd, f"{len(odd)} of {len(orders)} orders are not above zero: {odd}"


@check(load, severity="warn")
def numbers_go_up(orders: list[Order]) -> bool:
    return [o.number for o in orders] == sorted(o.number for o in orders)


@task(strict=False)
def preview(orders: list[Order]) -> str:
    """For the dashboard: also of data that did not pass its checks."""
    return f"{len(orders)} orders of {len({order.customer for order in orders})} customers"


@task
def good(orders: list[Order]) -> list[Order]:
    return [order for order in orders if order.amount > 0]


@task(limit="bills of {customer}", retries=3)
def bill(customer: str, order: Order) -> str:
    """One at a time for each customer; customers side by side."""
    return f"{order.number}: {order.amount:.2f} to {customer}"


@workflow
def orders(day: date = date(2026, 3, 2), free_up_to: float = 1000.0) -> Day:
    loaded = load.submit(day)
    seen = preview.submit(loaded)
    todo = good(loaded)  # waits until the data is good, or someone says that it is
    total = sum(order.amount for order in todo)
    released = ""
    if total > free_up_to:
        yes = approve("release", f"Bill {total:.2f} for {day}?", fields={"note": str}, timeout="7d")
        released = f"{yes.by}: {yes['note']}"
    bills = bill.map([order.customer for order in todo], todo)
    return Day(seen.result(), bills, total, released)


if __name__ == "__main__":
    orders.cli()
