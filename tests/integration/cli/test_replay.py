"""``salt replay``: past runs tried on other code, and runs under way that are moved onto it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.cli.conftest import Salt, Until

pytestmark = pytest.mark.integration

PROJECT = Path(__file__).parent / "durable"

Change = Callable[[str, str], str]


@pytest.fixture
def steps(salt: Salt, redis: str, tmp_path: Path) -> Path:
    """The project of workflow ``steps``, registered."""
    folder = Path(shutil.copytree(PROJECT, tmp_path / "steps"))
    salt("register", str(folder))
    return folder


@pytest.fixture
def change(steps: Path) -> Change:
    """``change(old, new)`` in the project's source."""

    def make(old: str, new: str) -> str:
        source = steps / "src" / "steps.py"
        text = source.read_text()
        assert old in text
        source.write_text(text.replace(old, new))
        return str(steps)

    return make


def status(salt: Salt, run: str) -> Any:
    return salt("show", run, "--json").json["status"]


@pytest.mark.usefixtures("agent")
def test_past_runs_are_tried_on_other_code(
    salt: Salt, change: Change, tmp_path: Path, until: Until
) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    loop = salt("run", "steps", "what=loop", "--wait", "--json").json["run"]
    failed = salt("run", "steps", "what=fail", "flag=/nowhere/x", "--wait", code=1).out.strip()
    large = salt("run", "steps", "what=large", "--wait", "--json").json["run"]
    data = salt("run", "steps", "what=data", "--wait", "--json").json["run"]
    fine = salt("run", "steps", "what=fail", f"flag={flag}", "--wait", "--json").json["run"]

    found = salt("replay", "steps", "--json").lines
    assert [one["run"] for one in found] == [fine, data, large, failed, loop]
    assert {one["outcome"] for one in found} == {"same"}
    one = salt("replay", fine[:-1])
    assert one.out == f"{fine}  same  It returns the same value.\n"
    assert one.err == "1 run replayed, 0 not the same.\n"

    old = tmp_path / "old.pex"
    salt("build", change("# nothing", "# nothing yet"), "-o", str(old))
    assert (
        salt("replay", "steps", "--against", str(old)).err == "5 runs replayed, 0 not the same.\n"
    )

    new = tmp_path / "new.pex"
    project = change("loaded = load.map(range(count))", "alone(0)\n            loaded = []")
    salt("build", project, "-o", str(new))
    found = salt("replay", "steps", "--against", str(new), "--json", code=1).lines
    assert [(one["run"], one["outcome"]) for one in found] == [
        (fine, "departed"),
        (data, "same"),
        (large, "same"),
        (failed, "departed"),
        (loop, "same"),
    ]
    assert "load" in found[0]["text"] and "alone" in found[0]["text"]
    lines = (Path(project) / "src" / "steps.py").read_text().splitlines()
    assert f"steps.py:{lines.index('            alone(0)') + 1}" in found[0]["text"]
    assert salt("replay", "steps", "--against", str(new), "--last", "1", code=1).out.startswith(
        f"{fine}  departed  The journal holds "
    )

    version = salt("register", change("return save([*loaded", "return 7 + save([*loaded")).out
    salt("register", change("alone(0)\n            loaded = []", "loaded = load.map(range(count))"))
    said = salt("replay", fine, "--against", "latest", code=1).out
    assert said == f"{fine}  other value  It returns 10, and returned 3.\n"
    assert (
        "departed"
        in salt("replay", fine, "--against", version.strip().rpartition("@")[2], code=1).out
    )


@pytest.mark.usefixtures("agent")
def test_runs_that_a_run_called_are_tried_too(salt: Salt, change: Change, until: Until) -> None:
    run = salt("run", "steps", "what=child").out.strip()
    until(lambda: "approve" in salt("why", run).out, "the question")
    salt("approve", run, "inner", "amount=1")
    until(lambda: status(salt, run) == "succeeded", "its end")
    found = salt("replay", "steps", "--json").lines
    assert [(one["run"], one["outcome"]) for one in found] == [(run, "same"), (f"{run}.1", "same")]
    salt("register", change('approve("inner", fields', 'approve("outer", fields'))
    found = salt("replay", "steps", "--against", "latest", "--json", code=1).lines
    assert [one["outcome"] for one in found] == ["same", "departed"]
    assert salt("replay", f"{run}.1").out == f"{run}.1  same  It returns the same value.\n"


def test_a_wrong_replay(salt: Salt, steps: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pex"
    broken.write_text("no zip")
    for words, said, code in (
        (["nothing"], "There is neither a workflow nor a run 'nothing'.", 2),
        (["steps"], "No run of 'steps' has ended yet.", 2),
        (["steps", "--last", "0"], "--last 0 is not above zero.", 2),
        (["steps", "--against", "x", "--onto", "y"], "--against only tries, and --onto moves.", 2),
        (["nothing", "--onto", "latest"], "There is no run 'nothing'.", 2),
    ):
        assert salt.fails("replay", *words, code=code).startswith(said)
    run = salt("run", "steps", "what=sleep", "--json").json["run"]
    for words, said, code in (
        (["--against", "nowhere.pex"], "nowhere.pex: There is no such file. Build one", 2),
        (["--against", "zzz"], "Workflow 'steps' has no version 'zzz'.", 2),
        (["--against", str(broken)], f"{broken} is not a PEX file", 1),
        (["--onto", "zzz"], "Workflow 'steps' has no version 'zzz'.", 2),
    ):
        assert salt.fails("replay", run, *words, code=code).startswith(said)


@pytest.mark.usefixtures("agent")
def test_a_run_under_way_is_moved_and_parks_where_it_departs(
    salt: Salt, change: Change, until: Until
) -> None:
    first = salt("versions", "steps", "--json").json[0]["version"]
    run = salt("run", "steps", "what=event").out.strip()
    until(lambda: "waits for the event" in salt("why", run).out, "the wait")
    assert salt("replay", run).out == f"{run}  same  It comes as far as the run did.\n"

    project = change('return wait_event("paid", where={"id": 7})', 'return sleep("1h")')
    second = salt("register", project, "--json").json["version"]
    assert salt("replay", run, "--onto", "latest").out == (
        f"{run} is replayed with steps@{second}; before it had {first}\n"
    )
    until(lambda: "departed" in salt("why", run).out, "its departure")
    assert status(salt, run) == "waiting"
    why = salt("why", run, "--json").json
    assert "paid" in why["why"] and "sleep" in why["why"] and "steps.py:" in why["why"]
    assert why["commands"] == [f"salt replay {run} --onto latest", f"salt cancel {run}"]
    assert "the run is blocked: " in salt("show", run).out

    back = salt("replay", run, "--onto", first[:8], "--json").json
    assert back == {"run": run, "from": second, "version": first}
    until(lambda: "waits for the event" in salt("why", run).out, "the wait")
    salt("emit", "paid", '{"id": 7}')
    until(lambda: status(salt, run) == "succeeded", "its end")
    said = salt.fails("replay", run, "--onto", "latest", code=1)
    assert said.startswith(f"Run {run} has ended already: it succeeded.")
