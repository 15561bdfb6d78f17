"""Journals replayed offline with a real artifact: one process for each, and its verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from salt_core.artifacts.replay import replay
from salt_core.artifacts.replay_verdict import Outcome, Past, Replayed
from salt_core.errors import NotFound, SaltError
from salt_core.model.journal import Called, Done, Entry
from salt_core.model.status import RunStatus, TaskStatus
from salt_core.model.task import Failure

pytestmark = pytest.mark.integration

SDK = Path(__file__).parents[3] / "core" / "sdk" / "src"
FLOW = """
import os, sys, time
from salt_sdk import task, workflow

@task
def load(n: int) -> int: ...

@task
def save(n: int) -> int: ...

@workflow
def flow(n: int = 2, then: str = "") -> int:
    print("x" * 100_000)
    total = sum(load.map(range(n)))
    if then == "raise":
        raise ValueError(f"not {total}")
    if then == "exit":
        os._exit(7)
    if then == "hang":
        time.sleep(60)
    return save(total)
"""

Serve = Callable[[str], list[str]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """What starts an artifact with this source."""

    def make(source: str) -> list[str]:
        folder = tmp_path / f"src{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "flow.py").write_text(source)
        (folder / "_salt_artifact.py").write_text('ENTRYPOINT = "flow:flow"\nWORKFLOW = "lines"\n')
        boot = f"import sys; sys.path[:0] = {[str(folder), str(SDK)]!r}; "
        run = "from salt_sdk._main import main; sys.exit(main())"
        return [sys.executable, "-I", "-S", "-c", boot + run, "serve"]

    return make


def journal(*values: str) -> list[Entry]:
    entries: list[Entry] = [Called(n, "load") for n in (1, 2)]
    entries += [Done(n, TaskStatus.SUCCEEDED, str(n), ms=n) for n in (2, 1)]
    return [*entries, Called(3, "save"), Done(3, TaskStatus.SUCCEEDED, "30", ms=3)]


PAST = Past("r1", "lines", '{"n": 2}', 1_000, RunStatus.SUCCEEDED, journal(), "30")


async def _no_data(data: str) -> Path:
    raise NotFound(f"There is no {data}.")


async def judged(serve: Sequence[str], past: Past, timeout_s: float = 60) -> Replayed:
    try:
        return await replay(serve, past, _no_data, timeout_s=timeout_s)
    finally:
        own = [one for one in os.listdir("/tmp") if one.startswith(f"salt-replay-{os.getpid()}-")]
        assert own == [], "it leaves its folder behind"


async def test_the_same_code_returns_the_same_value(serve: Serve) -> None:
    found = await judged(serve(FLOW), PAST)
    assert (found.outcome, found.text) == (Outcome.SAME, "It returns the same value.")


async def test_another_value_is_told_with_both(serve: Serve) -> None:
    found = await judged(serve(FLOW), replace(PAST, value="31"))
    assert found.outcome is Outcome.OTHER_VALUE
    assert found.text == "It returns 30, and returned 31."


async def test_another_order_of_calls_departs(serve: Serve) -> None:
    other = FLOW.replace("total = sum(load.map(range(n)))", "total = save(1)")
    found = await judged(serve(other), PAST)
    assert found.outcome is Outcome.DEPARTED
    assert "load" in found.text and "save" in found.text
    assert f"flow.py:{other.splitlines().index('    total = save(1)') + 1}" in found.text


async def test_code_that_asks_for_more_than_there_was(serve: Serve) -> None:
    found = await judged(
        serve(FLOW.replace("return save(total)", "return save(save(total))")), PAST
    )
    assert found.outcome is Outcome.MORE
    assert "save" in found.text


async def test_a_run_under_way_comes_as_far_as_it_did(serve: Serve) -> None:
    past = replace(PAST, status=RunStatus.WAITING, entries=journal()[:-1], value=None)
    assert (await judged(serve(FLOW), past)).text == "It comes as far as the run did."


async def test_failures_are_compared(serve: Serve) -> None:
    failed = replace(PAST, status=RunStatus.FAILED, value=None, params='{"then": "raise"}')
    as_before = Failure("ValueError", "not 3", "Traceback …")
    failed = replace(failed, entries=journal()[:4], failure=as_before)
    found = await judged(serve(FLOW), failed)
    assert (found.outcome, found.text) == (
        Outcome.SAME,
        "It fails as it did, with ValueError: not 3.",
    )
    found = await judged(serve(FLOW.replace('"not {total}"', '"no"')), failed)
    assert found.outcome is Outcome.FAILED
    assert found.text == "It fails with ValueError: no, and failed with ValueError: not 3."


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("exit", "Its process ended with exit code 7 and gave no answer"),
        ("hang", "took more than 2 s"),
    ],
)
async def test_a_process_that_gives_no_answer(serve: Serve, then: str, said: str) -> None:
    past = replace(PAST, params=f'{{"then": "{then}"}}')
    found = await judged(serve(FLOW), past, timeout_s=60 if then == "exit" else 2)
    assert found.outcome is Outcome.FAILED
    assert said in found.text


async def test_an_artifact_that_does_not_import(serve: Serve) -> None:
    with pytest.raises(SaltError, match="does not import: ModuleNotFoundError: No module named 'p"):
        await judged(serve("import pandsa"), PAST)
    dies = "import os, sys; print('boom', file=sys.stderr, flush=True); os._exit(3)"
    found = await judged(serve(dies), PAST)
    assert found.outcome is Outcome.FAILED
    assert "exit code 3 and gave no answer: boom" in found.text
    with pytest.raises(SaltError, match="exit code 1"):
        await judged([sys.executable, "-c", "raise SystemExit(1)"], PAST)


async def test_a_journal_of_many_pages(serve: Serve) -> None:
    entries: list[Entry] = [Called(n, "load") for n in range(1, 2001)]
    entries += [Done(n, TaskStatus.SUCCEEDED, "1", ms=n) for n in range(1, 2001)]
    entries += [Called(2001, "save"), Done(2001, TaskStatus.SUCCEEDED, "2000", ms=9)]
    past = replace(PAST, params='{"n": 2000}', entries=entries, value="2000")
    assert (await judged(serve(FLOW), past)).same
