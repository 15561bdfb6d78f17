"""``salt demo``: two workflows whose dependencies clash, at once on one agent, on real data."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

import salt_core
from salt_core.blobs import Blobs, open_blobs
from salt_core.cli.local_agent import local_agent
from salt_core.cli.output import opened, print_json, print_table, run_async, say, warn
from salt_core.cli.records import Record, run_record
from salt_core.cli.register import publish
from salt_core.cli.result import why_none
from salt_core.cli.run import start, wait_run
from salt_core.cli.values import read_value
from salt_core.clock import duration
from salt_core.config import Config, load
from salt_core.errors import SaltError
from salt_core.logs import follow_run
from salt_core.model.run import Run
from salt_core.model.status import RunStatus
from salt_core.model.task import Task
from salt_core.store import Store
from salt_core.store.paging import all_tasks

EXAMPLES = ("seattle-weather", "stocks")


@dataclass(frozen=True, slots=True)
class _Ended:
    """One of the demo's runs, at its end."""

    run: Run
    tasks: list[Task]
    value: dict[str, Any]

    @property
    def finding(self) -> str:
        value = self.value
        if "wettest_month" in value:
            return f"wettest month: {value['wettest_month']}, {value['wettest_month_mm']} mm"
        return f"best stock: {value['best']}, {value['yearly_percent']} % a year"

    @property
    def starts(self) -> str:
        """How the tasks' processes came to be: ``19 fork``."""
        counted = Counter(one.start or "none" for task in self.tasks for one in task.attempts)
        return ", ".join(f"{count} {start}" for start, count in counted.items())

    @property
    def agents(self) -> str:
        return ", ".join(sorted({one.agent for task in self.tasks for one in task.attempts}))


def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document; the tour goes to stderr.")
    ] = False,
) -> None:
    """Take the tour: build two workflows whose dependencies clash, and run both on one agent."""
    begun = time.monotonic()
    config = load()
    tell = warn if as_json else say
    tell("One workflow needs pandas 1.5, the other pandas 2.2 or newer. Each becomes one file.")
    for name in EXAMPLES:
        _build(name, config, tell)
    ended = run_async(_run_all(config, tell))
    if as_json:
        print_json({"runs": [_record(one) for one in ended]})
    else:
        _print(ended, time.monotonic() - begun)


def examples_folder() -> Path:
    """The examples: shipped inside the wheel, or those of the checkout.

    Raises:
        SaltError: There are none.
    """
    package = Path(salt_core.__file__).parent
    for folder in (package / "examples", package.parents[2] / "examples"):
        if all((folder / name / "pyproject.toml").is_file() for name in EXAMPLES):
            return folder
    raise SaltError("This installation of Salt lacks its examples.", "Install it again.")


def _build(name: str, config: Config, tell: Any) -> None:
    from salt_core.builders import build

    tell(f"\nBuilding {name}")
    # Not into the example's own folder: it may belong to the installation.
    output = config.cache / "demo" / name / "main.pex"
    built = build(examples_folder() / name, config, output, lambda line: tell(f"  {line}"))
    version, new, _ = run_async(publish(built, config))
    reused = f", reused: {', '.join(built.reused)}" if built.reused else ""
    state = "registered" if new else "was registered"
    tell(f"  {version.workflow}@{version.version} {state} ({built.seconds['total']:.2f} s{reused})")


async def _run_all(config: Config, tell: Any) -> list[_Ended]:
    blobs = open_blobs(config)
    async with opened(config) as store, local_agent(config, store) as agent:
        tell(f"\nRunning both at once on agent {agent.id}")
        runs = [(await start(store, blobs, name, trigger="demo")).id for name in EXAMPLES]
        width = max(map(len, EXAMPLES))
        async with asyncio.TaskGroup() as group:
            for name, run in zip(EXAMPLES, runs, strict=True):
                group.create_task(_show_log(store, blobs, run, f"  {name:<{width}}", tell))
        return [await _ended(store, blobs, run) for run in runs]


async def _show_log(store: Store, blobs: Blobs, run: str, prefix: str, tell: Any) -> None:
    async with aclosing(follow_run(store, blobs, run, follow=True)) as lines:
        async for said in lines:
            tell(f"{prefix}  {said.name}[{said.task}] | {said.line.text}")


async def _ended(store: Store, blobs: Blobs, name: str) -> _Ended:
    run = await wait_run(store, name)
    text = await store.result(name)
    if run.status is not RunStatus.SUCCEEDED or text is None:
        raise SaltError(
            f"Run {run.id} of {run.workflow} has no value: {why_none(run)}.",
            f"See salt show {run.id}",
        )
    value = await asyncio.to_thread(read_value, text, blobs)
    return _Ended(run, await all_tasks(store, name), value)


def _print(ended: Sequence[_Ended], seconds: float) -> None:
    say("\nFound")
    print_table(
        ["WORKFLOW", "PANDAS", "FINDING", "TASKS", "PROCESSES", "TOOK"],
        [
            (
                one.run.workflow,
                one.value["pandas"],
                one.finding,
                len(one.tasks) - 1,
                one.starts,
                duration(one.run.started, one.run.finished),
            )
            for one in ended
        ],
    )
    say(f"\nAll in {seconds:.1f} s. Look closer:")
    for one in ended:
        say(f"  salt show {one.run.id}")
    say("Open the console, with everything live and rebuilt on every save:")
    say("  salt ui")


def _record(one: _Ended) -> Record:
    return {
        **run_record(one.run),
        "result": one.value,
        "finding": one.finding,
        "processes": one.starts,
        "agents": one.agents,
    }
