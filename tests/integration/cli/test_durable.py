"""People and events that a run waits for, reruns, rollbacks and reasons, from the command line."""

from __future__ import annotations

import getpass
import json
import re
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import Salt, Until

pytestmark = pytest.mark.integration

PROJECT = Path(__file__).parent / "durable"
ME = f"{getpass.getuser()}@{socket.gethostname()}"


@pytest.fixture
def steps(salt: Salt, redis: str, tmp_path: Path) -> Path:
    """The project of workflow ``steps``, registered."""
    folder = Path(shutil.copytree(PROJECT, tmp_path / "steps"))
    salt("register", str(folder))
    return folder


@pytest.fixture
def begun(salt: Salt, steps: Path, agent: Any) -> Any:
    """``begun(what, **params)`` starts a run; its id."""

    def begin(what: str, *words: str) -> str:
        return salt("run", "steps", f"what={what}", *words).out.strip()

    return begin


def shown(salt: Salt, run: str) -> Any:
    return salt("show", run, "--json").json


def calls(salt: Salt, run: str) -> list[tuple[str, str]]:
    return [(one["name"], one["status"]) for one in shown(salt, run)["tasks"]]


def ends(salt: Salt, until: Until, run: str, status: str = "succeeded") -> Any:
    until(lambda: shown(salt, run)["status"] == status, f"the end of {run}")
    return salt("result", run).json if status == "succeeded" else None


def test_a_person_says_yes(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("approve")
    until(lambda: calls(salt, run) == [("sign off", "waiting")], "the question")

    said = salt.fails("approve", run, "sign off", code=2)
    assert said == "Field 'amount' is missing: a whole number. Add amount=…"
    said = salt.fails("approve", run, "sign off", "amount=much", "note=x", code=2)
    assert said == "Field 'amount' must be a whole number, not \"much\"."
    said = salt.fails("approve", run, "sign off", "amont=1", code=2)
    assert said == "This step has no field 'amont'. Did you mean 'amount'?"
    said = salt.fails("approve", run, "sign", code=2)
    assert said == (
        f"No step 'sign' of run {run} waits for a person. "
        f"What waits: salt approve {run} 'sign off' amount=… note=…."
    )
    (task,) = shown(salt, run)["tasks"]
    assert (task["kind"], task["message"]) == ("approve", "Is it right?")
    assert task["fields"]["required"] == ["amount", "note"]
    assert re.fullmatch(r"(\S+/)?steps\.py:\d+", task["at"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+Z", task["due"])

    answer = salt("approve", run, "sign off", "amount=7", "note=$ok", "--json").json
    assert answer == {
        "run": run,
        "task": "1",
        "step": "sign off",
        "decision": "approved",
        "by": ME,
        "reason": "",
        "fields": {"amount": 7, "note": "$ok"},
    }
    value = ends(salt, until, run)
    assert value == {"by": ME, "amount": 7, "fields": {"amount": 7, "note": "$ok"}}
    assert shown(salt, run)["tasks"][0]["decided"]["by"] == ME
    said = salt.fails("approve", run, "sign off", "amount=7", code=2)
    assert said == f"Run {run} has ended already: nothing waits for a person."


def test_a_person_says_no(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("approve")
    until(lambda: calls(salt, run) == [("sign off", "waiting")], "the question")
    assert salt("reject", run, "1", "--reason", "too much").out == (
        f"rejected sign off (task 1) of {run}\n"
    )
    ends(salt, until, run, "failed")
    assert f"{ME} rejected it: too much" in salt("show", run).out


def test_a_question_of_a_run_that_was_called(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("child")
    child = f"{run}.1"
    until(lambda: "inner" in salt("why", run).out, "the question")
    why = salt("why", run).out
    assert f"call 1 (asking) waits for the run {child} of workflow" in why
    assert f"salt approve {child} inner amount=… or salt reject {child} inner" in why
    record = shown(salt, child)
    assert (record["parent"], record["function"]) == (f"{run}/1", "asking")
    assert shown(salt, run)["tasks"][0]["child"] == child
    assert salt("why", f"{run[:-2]}.1").out.startswith(f"Run {child} ")
    assert salt("runs", "--json").json[0]["run"] == run

    said = salt("approve", run, "inner", "amount=41", "--json").json
    assert (said["run"], said["task"]) == (child, "1")
    assert ends(salt, until, run) == 42


def test_a_step_that_several_wait_for(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("both")
    both = [("inner", "waiting")] * 2
    until(lambda: calls(salt, run) == both, "the questions")
    said = salt.fails("approve", run, "inner", code=2)
    assert said == (
        f"2 of 'inner' wait in run {run}. Name one: salt approve {run} 1, salt approve {run} 2."
    )
    assert salt("reject", run, "2", "--json").json["task"] == "2"
    salt("approve", run, "inner")
    ends(salt, until, run, "failed")


def test_data_in_quarantine_is_taken(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("quarantine")
    open_ = [("measure", "invalid"), ("save", "blocked"), ("save", "succeeded")]
    until(lambda: calls(salt, run) == open_, "the verdict")
    measured = shown(salt, run)["tasks"][0]
    assert measured["quarantined"] is True
    assert measured["checks"] == [
        {
            "name": "not_empty",
            "severity": "quarantine",
            "passed": False,
            "message": "it returned False",
            "numbers": {"rows": 0.0},
        },
        {
            "name": "not_few",
            "severity": "warn",
            "passed": False,
            "message": "only 0 rows",
            "numbers": {},
        },
    ]
    why = salt("why", run).out
    assert "has 2 calls that have not ended: 1 (measure) is quarantined, 2 (save) is blocked" in why
    assert "call 1 (measure) is quarantined until a person decides: check not_empty (it" in why
    blocked = salt("why", run, "2").out
    assert blocked.startswith("Call 2 (save) needs 1 call that has not ended; call 1 (measure) is ")
    text = salt("show", run).out
    assert f"  salt approve {run} 1\n  salt reject {run} 1\n" in text
    assert "task 1 (measure): check not_few did not pass: only 0 rows\n" in text

    said = salt.fails("approve", run, "measure", "rows=1", code=2)
    assert said == "Data in quarantine is taken as it is: 'rows=1' has no place."
    said = salt.fails("approve", run, "2", code=2)
    assert said.startswith(f"Task 2 (save) of run {run} waits for nobody: it is still blocked.")
    assert salt("approve", run, "measure").out == f"approved measure (task 1) of {run}\n"
    assert ends(salt, until, run) == [2, 1]
    after = shown(salt, run)["tasks"][0]
    assert (after["status"], after["quarantined"]) == ("succeeded", False)
    assert (after["decided"]["by"], after["decided"]["accepted"]) == (ME, True)


def test_data_in_quarantine_is_refused(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("quarantine")
    until(lambda: ("save", "succeeded") in calls(salt, run), "the lax branch")
    salt("reject", run, "measure", "--reason", "no rows at all")
    ends(salt, until, run, "failed")
    assert [status for _, status in calls(salt, run)] == ["invalid", "invalid", "succeeded"]
    assert "is invalid" in salt("why", run, "2").out
    assert shown(salt, run)["tasks"][0]["decided"]["reason"] == "no rows at all"


def test_an_event_ends_a_wait_once(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("event")
    until(lambda: calls(salt, run) == [("paid", "waiting")], "the wait")
    assert "waits for the event 'paid' where {\"id\":7} (salt emit" in salt("why", run).out
    other = salt("emit", "paid", '{"id": 8}', "--json").json
    assert (other["new"], other["woken"]) == (True, 0)
    first = salt("emit", "paid", "-", "--id", "e1", stdin='{"id": 7, "$a": 1}')
    assert first.out == "paid e1 is new; 1 wait has ended\n"
    again = salt("emit", "paid", '{"id": 7}', "--id", "e1")
    assert again.out == "paid e1 was told before; nothing has changed\n"
    assert ends(salt, until, run) == {"id": 7, "$a": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["paid", "{id: 7}"], "The payload is not JSON: "),
        (["paid", "NaN"], "The payload is not JSON: it has no NaN."),
        (["", "{}"], "An event has a name."),
        (["paid", "--id", ""], "--id is empty."),
        (["paid", "-"], "stdin:1:1: The payload is not JSON: "),
    ],
)
def test_a_wrong_event(salt: Salt, redis: str, words: list[str], said: str) -> None:
    assert said in salt.fails("emit", *words, code=2)


def test_reruns(salt: Salt, begun: Any, until: Until, steps: Path, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    run = begun("fail", f"flag={flag}")
    ends(salt, until, run, "failed")
    assert "with ValueError: no flag" in salt("why", run, "flaky").out

    for words in ([], ["--same", "--latest"]):
        said = salt.fails("rerun", run, *words, code=2)
        assert said.startswith("A rerun is one of --same, --latest and --from-failed.")

    flag.touch()
    kept = salt("rerun", run, "--from-failed", "--json").json
    assert (kept["rerun_of"], kept["kept"], kept["params"]["what"]) == (run, 2, "fail")
    assert ends(salt, until, kept["run"]) == 3
    record = shown(salt, kept["run"])
    assert record["trigger"] == f"rerun:{run}"
    assert [(one["name"], len(one["attempts"])) for one in record["tasks"]] == [
        ("load", 0),
        ("load", 0),
        ("flaky", 1),
        ("save", 1),
    ]
    said = salt.fails("rerun", kept["run"], "--from-failed", code=1)
    assert said == (
        f"Run {kept['run']} succeeded: nothing in it failed. Use --same to run all of it again."
    )

    source = steps / "src" / "steps.py"
    source.write_text(source.read_text().replace("number * 10", "number * 11"))
    live = salt("register", str(steps), "--json").json["version"]
    same = salt("rerun", run, "--same").out.strip()
    assert ends(salt, until, same) == 3
    assert shown(salt, same)["version"] == record["version"] != live
    latest = salt("rerun", run, "--latest").out.strip()
    assert ends(salt, until, latest) == 3
    assert shown(salt, latest)["version"] == live

    source.write_text(source.read_text().replace("flag: str =", "other: str ="))
    salt("register", str(steps))
    said = salt.fails("rerun", run, "--latest", code=2)
    assert "do not fit version" in said and "no parameter 'flag'" in said
    assert f"salt: Run {run}" not in salt("rerun", run, "--same").err


def test_a_rerun_with_nothing_to_keep(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("fail", "count=0", "flag=/nowhere/flag")
    ends(salt, until, run, "failed")
    said = salt.fails("rerun", run, "--from-failed", code=1)
    assert said.startswith(f"Nothing in run {run} had succeeded before it failed. Use --same")
    waiting = begun("sleep")
    until(lambda: calls(salt, waiting) == [("sleep", "waiting")], "the timer")
    said = salt.fails("rerun", waiting, "--from-failed", code=1)
    assert said.startswith(f"Run {waiting} has not ended: it is ")
    assert f"salt cancel {waiting}" in said


@pytest.mark.parametrize(
    ("what", "names"),
    [
        # The loop's turns are kept, and what they called is not done again.
        ("loop, then fail", ["load", "loop", "load", "flaky"]),
        # Chance decides how far the loop had come when the failure came in.
        ("fail beside a loop", ["load", "flaky", "loop"]),
    ],
)
def test_a_rerun_of_a_loop(
    salt: Salt, begun: Any, until: Until, tmp_path: Path, what: str, names: list[str]
) -> None:
    flag = tmp_path / "flag"
    run = begun(what, f"flag={flag}")
    ends(salt, until, run, "failed")
    flag.touch()
    again = salt("rerun", run, "--from-failed", "--json").json
    assert again["kept"] >= 1
    assert ends(salt, until, again["run"]) == [1110, "mended"]
    shown_names = [name for name, _ in calls(salt, again["run"])]
    assert shown_names[: len(names)] == names
    assert shown_names[3:] == (
        ["flaky"] if what.startswith("loop") else ["load"] * len(shown_names[3:])
    )


def test_a_rollback(salt: Salt, steps: Path) -> None:
    first = salt("versions", "steps", "--json").json[0]["version"]
    source = steps / "src" / "steps.py"
    source.write_text(source.read_text() + "\n# changed\n")
    second = salt("register", str(steps), "--json").json["version"]
    assert salt("rollback", "steps", first[:6]).out == (
        f"steps@{first} is live; before it was {second}\n"
    )
    live = {one["version"]: one["live"] for one in salt("versions", "steps", "--json").json}
    assert live == {first: True, second: False}
    assert salt("run", "steps", "what=sleep", "--json").json["version"] == first
    assert salt("rollback", "steps", first).out == f"steps@{first} is live already\n"
    again = salt("rollback", "steps", second, "--json").json
    assert again == {"workflow": "steps", "from": first, "version": second}
    said = salt.fails("rollback", "steps", "zzz", code=2)
    assert said.startswith("Workflow 'steps' has no version 'zzz'. There are: ")
    assert salt.fails("rollback", "stps", "1", code=2) == (
        "There is no workflow 'stps'. Did you mean steps?"
    )


def test_reasons(salt: Salt, begun: Any, until: Until) -> None:
    asleep, retrying = begun("sleep"), begun("retry")
    until(lambda: calls(salt, asleep) == [("sleep", "waiting")], "the timer")
    until(lambda: calls(salt, retrying) == [("again", "retrying")], "the failure")
    assert "call 1 (sleep) sleeps until " in salt("why", asleep).out
    why = salt("why", retrying, "again", "--json").json
    assert (why["run"], why["task"], why["status"]) == (retrying, "1", "retrying")
    assert re.fullmatch(
        r"Call 1 \(again\) is tried again at \S+ \S+Z \(in \dm \d\ds\), "
        r"after try 1 failed with ValueError: not yet\.",
        why["why"],
    ), why
    limited = begun("limit")
    until(lambda: sorted(s for _, s in calls(salt, limited)) == ["queued", "running"], "the limit")
    (waits,) = [one for one in shown(salt, limited)["tasks"] if one["status"] == "queued"]
    (holds,) = [one for one in shown(salt, limited)["tasks"] if one["status"] == "running"]
    why = salt("why", limited, waits["id"]).out
    assert why == (
        f"Call {waits['id']} (alone) is queued and waits for the limit 'one' (1 at once), "
        f"held by {limited}/{holds['id']}.\n"
    )
    said = salt.fails("why", limited, "alone", code=2)
    assert said == f"Run {limited} has 2 tasks 'alone': 1, 2. Give the id of one."
    assert salt.fails("why", limited, "nothing", code=2).startswith(
        f"Run {limited} has no task 'nothing'."
    )
    salt("cancel", limited)
    until(lambda: "was cancelled at" in salt("why", limited).out, "its end")


def test_why_without_an_agent(salt: Salt, steps: Path) -> None:
    run = salt("run", "steps", "what=sleep", "--json").json["run"]
    assert salt("why", run).out == (
        f"Run {run} is queued, and no agent that is up takes the queue 'default'.\n"
    )


def test_a_rolling_loop_is_shown(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("loop")
    value = ends(salt, until, run)
    tasks = shown(salt, run)["tasks"]
    assert value == tasks[-1]["result"] == 1110
    assert [one["name"] for one in tasks] == ["loop", "load", "load", "load"]
    assert [one["result"] for one in tasks[1:]] == [10, 110, 1110]
    assert tasks[0]["turn"] == 2
    assert "2 turns" in salt("show", run).out
    assert "is a rolling loop that has ended 2 turns" in salt("why", run, "loop").out


def test_documents_are_json_whatever_they_hold(salt: Salt, begun: Any, until: Until) -> None:
    run = begun("sleep")
    until(lambda: calls(salt, run) == [("sleep", "waiting")], "the timer")
    record = json.loads(salt("show", run, "--json").out)
    assert set(record) >= {"run", "tasks", "body", "parent", "replayed", "result"}
    assert set(record["tasks"][0]) >= {"kind", "at", "checks", "quarantined", "due", "decided"}
