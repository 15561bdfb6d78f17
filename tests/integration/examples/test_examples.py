"""Each example through a real build, registry and agent; and what ``salt show`` tells of it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.cli.conftest import Salt, Until
from tests.integration.examples.conftest import Ready

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


def show(salt: Salt, run: str) -> dict[str, Any]:
    return dict(salt("show", run, "--json").json)


def finished(salt: Salt, *words: str) -> dict[str, Any]:
    """Run a workflow to its end; what ``salt show`` tells of it."""
    done = salt("run", *words, "--wait", "--json")
    return show(salt, done.json["run"])


def names(shown: dict[str, Any]) -> list[str]:
    return [task["name"] for task in shown["tasks"]]


def replays(salt: Salt, workflow: str, artifact: Any) -> None:
    done = salt("replay", workflow, "--against", str(artifact), "--json")
    assert done.lines
    assert all(line["same"] for line in done.lines), done.out


def test_crawl(salt: Salt, ready: Ready) -> None:
    folder = ready("crawl")
    shown = finished(salt, "crawl")
    assert shown["status"] == "succeeded"
    assert names(shown) == ["read"] * 9
    found = salt("result", shown["run"]).json
    assert found["rounds"] == 6
    assert found["depth"]["guide/recipes.html"] == 4
    assert found["dead"] == ["index.html -> shop.html", "guide/recipes.html -> guide/soup.html"]
    replays(salt, "crawl", folder / "dist" / "main.pex")


def test_fit(salt: Salt, ready: Ready) -> None:
    folder = ready("fit")
    shown = finished(salt, "fit", "a=500", "b=0.0001")
    found = salt("result", shown["run"]).json
    assert found["a"] == pytest.approx(2.3894212918e02, rel=1e-9)
    assert found["b"] == pytest.approx(5.5015643181e-04, rel=1e-9)
    assert found["converged"] is True
    assert names(shown)[:2] == ["parts", "loop"]
    assert names(shown).count("normal") == 3 * found["turns"], "each turn is listed"
    replays(salt, "fit", folder / "dist" / "main.pex")


def test_orders_of_a_good_day_need_nobody(salt: Salt, ready: Ready) -> None:
    ready("orders")
    shown = finished(salt, "orders", "day=2026-03-02")
    checks = {check["name"]: check for check in shown["tasks"][0]["checks"]}
    assert checks["amounts_are_above_zero"]["passed"]
    assert checks["amounts_are_above_zero"]["numbers"] == {"orders": 6.0, "odd": 0.0}
    assert names(shown) == ["load", "preview", "good", *["bill"] * 6]


def status(salt: Salt, run: str) -> dict[str, str]:
    return {task["name"]: task["status"] for task in show(salt, run)["tasks"]}


def test_orders_of_an_odd_day_wait_for_a_person_and_go_on(
    salt: Salt, ready: Ready, until: Until
) -> None:
    folder = ready("orders")
    odd = salt("run", "orders", "day=2026-03-03", "--json").json["run"]

    until(lambda: status(salt, odd).get("preview") == "succeeded", "the lax branch has run")
    until(lambda: "good" in status(salt, odd), "the strict branch is asked for")
    (load,) = [task for task in show(salt, odd)["tasks"] if task["name"] == "load"]
    assert (load["status"], load["quarantined"]) == ("invalid", True)
    assert load["checks"][0]["message"] == "1 of 4 orders are not above zero: [1008]"
    assert status(salt, odd)["good"] == "blocked"
    assert "quarantine" in salt("why", odd, "good").out
    assert f"salt approve {odd}" in salt("show", odd).out

    salt("approve", odd, "load")
    until(lambda: status(salt, odd).get("release") == "waiting", "the sum waits for its release")
    assert "Bill 1225.00 for 2026-03-03?" in salt("show", odd).out
    assert "note" in salt.fails("approve", odd, "release", code=2)

    salt("approve", odd, "release", "note=as agreed")
    until(lambda: show(salt, odd)["status"] == "succeeded", "the run ends")
    shown = show(salt, odd)
    found = salt("result", odd).json
    assert found["seen"] == "4 orders of 4 customers"
    assert found["bills"] == ["1007: 75.00 to Ada", "1009: 210.00 to Ben", "1010: 940.00 to Dan"]
    assert found["released"].endswith(": as agreed")
    assert [task["decided"]["accepted"] for task in shown["tasks"] if task["decided"]] == [True] * 2
    replays(salt, "orders", folder / "dist" / "main.pex")


def test_orders_of_an_odd_day_that_are_rejected_bill_nobody(
    salt: Salt, ready: Ready, until: Until
) -> None:
    ready("orders")
    odd = salt("run", "orders", "day=2026-03-03", "--json").json["run"]
    until(lambda: status(salt, odd).get("good") == "blocked", "the strict branch waits")
    salt("reject", odd, "load")
    until(lambda: show(salt, odd)["status"] == "failed", "the run ends")
    ended = status(salt, odd)
    assert (ended["load"], ended["good"], ended["preview"]) == ("invalid", "invalid", "succeeded")
    assert "bill" not in ended


def test_review(salt: Salt, ready: Ready) -> None:
    folder = ready("review")
    shown = finished(salt, "review", "topic=pepper")
    once = ["Review.style", "Review.length", "Review.judge"]
    again = ["Review.revise", *once]
    assert names(shown) == ["Review.draft", *once, *again * 5, "Review.publish"]
    assert salt("result", shown["run"]).json == (
        "Version 6: good pepper is what the best of all dishes are made of."
    )
    judge = shown["tasks"][3]
    assert judge["needs"] == ["2", "3"], "it was given the values of both reviewers"
    assert shown["tasks"][0]["at"].startswith("review/graph.py:")
    given_up = finished(salt, "review", "patience=2")
    assert names(given_up)[-1] == "Review.give_up"
    replays(salt, "review", folder / "dist" / "main.pex")


def test_what_a_class_cannot_do_is_said_before_it_runs(salt: Salt, ready: Ready) -> None:
    ready("review")
    assert "patience" in salt.fails("run", "review", "patiense=2", code=2)
