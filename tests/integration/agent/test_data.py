"""Values that are checked, remembered or large; tasks that fall silent, or fail in ways that differ."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from tests.integration.agent.conftest import Lab, file_says, until

from salt_core.blobs import open_blobs
from salt_core.model.status import AttemptEnd, RunStatus, TaskStatus
from salt_core.model.task import Task

MB = 1 << 20
FILE = hashlib.sha256(b"file" * (100 * MB // 4)).hexdigest()
BYTES = hashlib.sha256(b"salt" * (100 * MB // 4)).hexdigest()


async def run(lab: Lab, kind: str, **params: object) -> str:
    if await lab.store.workflow("data") is None:
        await lab.register_described("data")
    return await lab.run(kind, "data", **params)


async def in_status(lab: Lab, run: str, number: int, status: TaskStatus) -> Task:
    async def look() -> Task | None:
        found = await lab.store.task(run, str(number))
        return found if found is not None and found.status is status else None

    found: Task = await until(look, f"task {number} {status}")
    return found


async def test_data_that_passes_its_checks(lab: Lab) -> None:
    await lab.agent()
    one = await run(lab, "checks", n=5)
    assert await lab.value(one) == [1005, 5]
    measured = await lab.task(one, 1)
    assert [(check.name, check.passed) for check in measured.checks] == [
        ("has_rows", True),
        ("not_too_many", True),
    ]
    assert measured.checks[0].numbers == {"rows": 5.0}


async def test_data_that_does_not_pass_stops_those_that_need_it_valid(lab: Lab) -> None:
    await lab.agent()
    one = await run(lab, "checks", n=0)
    head = await lab.ended(one)
    assert head.status is RunStatus.FAILED
    measured, lax, strict = [await lab.task(one, number) for number in (1, 2, 3)]
    assert measured.status is TaskStatus.INVALID
    assert [one.status for one in measured.attempts] == [AttemptEnd.INVALID]
    assert lax.status is TaskStatus.SUCCEEDED
    assert strict.status is TaskStatus.INVALID
    assert strict.attempts == ()


async def test_a_quarantined_value_waits_for_a_person(lab: Lab) -> None:
    await lab.agent()
    assert await lab.value(await run(lab, "checks", n=5)) == [1005, 5]
    one = await run(lab, "checks", n=5000)
    measured = await in_status(lab, one, 1, TaskStatus.INVALID)
    assert measured.quarantined
    assert measured.checks[1].message == "5000 rows after [5.0]"
    # Who takes what there is goes on; who wants valid data waits.
    await in_status(lab, one, 2, TaskStatus.SUCCEEDED)
    assert await lab.store.decide(one, "1", accepted=True, by="ann")
    assert await lab.value(one) == [6000, 5000]


async def test_a_value_that_was_computed_before_is_used_again(lab: Lab, tmp_path: Path) -> None:
    await lab.agent()
    note = tmp_path / "notes"
    one = await run(lab, "costly", n=7, path=str(note))
    assert await lab.value(one) == [49, 49]
    again = await run(lab, "costly", n=7, path=str(note))
    assert await lab.value(again) == [49, 49]
    assert note.read_text().count("computed 7") == 1
    attempts = {
        name: [
            task.attempts[0].start for task in await lab.store.tasks(name) if task.name == "costly"
        ]
        for name in (one, again)
    }
    # In the second call of a run the input is the result of another task.
    assert attempts == {one: ["fork", "cache"], again: ["cache", "cache"]}
    assert await lab.log(again, 1) == []
    assert await lab.value(await run(lab, "costly", n=8, path=str(note))) == [64, 64]


async def test_silence_ends_a_try(lab: Lab, tmp_path: Path) -> None:
    await lab.agent()
    one = await run(lab, "silent", n=5, path=str(tmp_path / "notes"))
    assert await lab.value(one) == "spoke"
    first, second = (await lab.task(one, 1)).attempts
    assert (first.status, second.status) == (AttemptEnd.TIMED_OUT, AttemptEnd.SUCCEEDED)
    assert first.error is not None
    assert (first.error.type, first.error.message) == (
        "TimedOut",
        "There was no heartbeat for 0.6 s.",
    )
    # Five heartbeats, and then the silence.
    assert first.finished is not None
    assert first.finished - first.started > 1500


@pytest.mark.parametrize(("how", "tries"), [("key", 1), ("value", 3)])
async def test_some_exceptions_are_not_tried_again(
    lab: Lab, tmp_path: Path, how: str, tries: int
) -> None:
    await lab.agent()
    one = await run(lab, "picky", how=how, path=str(tmp_path / "notes"))
    head = await lab.ended(one)
    assert (head.status is RunStatus.SUCCEEDED) == (how == "value")
    assert len((await lab.task(one, 1)).attempts) == tries


@pytest.mark.parametrize(
    ("kind", "value"), [("file", FILE), ("bytes", BYTES), ("body-bytes", BYTES)]
)
async def test_a_hundred_megabytes_go_round_redis_and_the_agent(
    lab: Lab, kind: str, value: str
) -> None:
    agent = await lab.process()
    with lab.client() as client:
        before = client.info("memory")["used_memory"]
        one = await run(lab, kind, n=100 * MB)
        assert await lab.value(one, within_s=60) == value
        assert client.info("memory")["used_memory"] - before < MB
    status = Path(f"/proc/{agent.pid}/status").read_text()
    peak_kb = int(status.partition("VmHWM:")[2].split()[0])
    assert peak_kb < 100_000
    stored = list(open_blobs(lab.config()).list("values/"))
    assert stored == [f"values/{value}"]

    async def cleared() -> bool:
        return not list(lab.config().home.glob("agents/*/*/work/*/*"))

    await until(cleared, "empty folders")


async def test_a_data_file_that_is_gone_fails_its_reader_with_a_sentence(
    lab: Lab, tmp_path: Path
) -> None:
    await lab.agent()
    one = await run(lab, "file", n=MB, seconds=2.0, path=str(tmp_path / "notes"))
    await file_says(tmp_path / "notes.linger", "begun")
    blobs = open_blobs(lab.config())
    (key,) = blobs.list("values/")
    blobs.delete(key)
    head = await lab.ended(one)
    assert head.status is RunStatus.FAILED
    error = (await lab.task(one, 2)).error
    assert error is not None
    assert "not in the blob store" in error.message


@pytest.mark.parametrize(
    ("kind", "params", "value"),
    [
        ("file", {"n": 100 * MB, "seconds": 1.0}, FILE),
        ("checks", {"n": 5}, [1005, 5]),
        ("costly", {"n": 9}, [81, 81]),
        ("silent", {"n": 5}, "spoke"),
    ],
)
async def test_data_survives_an_agent_that_is_killed(
    lab: Lab, tmp_path: Path, kind: str, params: dict[str, object], value: object
) -> None:
    first = await lab.process(lease="1500ms")
    note = tmp_path / "notes"
    one = await run(lab, kind, path=str(note), **params)
    await file_says(note, "body")
    # Somewhere in the middle: at times before the first upload, at times after the last.
    await asyncio.sleep(0.3)
    first.kill()
    await lab.agent(lease="1500ms")
    assert await lab.value(one, within_s=60) == value
