"""``salt run``."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer

from salt_core.blobs import Blobs, open_blobs
from salt_core.cli import deeds
from salt_core.cli.local_agent import live_agents
from salt_core.cli.logs import print_said, said_record
from salt_core.cli.output import opened, print_json, print_json_line, run_async, say, warn
from salt_core.cli.records import Record, run_record
from salt_core.cli.result import why_none
from salt_core.cli.values import read_value
from salt_core.clock import duration
from salt_core.config import load
from salt_core.errors import BadInput
from salt_core.ids import new_run_id
from salt_core.logs import follow_run
from salt_core.model.run import NewRun, Run
from salt_core.model.status import RunStatus
from salt_core.parameters import body_policy, check, main_workflow, read_words
from salt_core.registry import Registry
from salt_core.store import Store

_WAIT_S = 60.0


def run(
    workflow: Annotated[str, typer.Argument(help="WF, or WF@VERSION; default: the live version.")],
    parameters: Annotated[
        list[str] | None, typer.Argument(help="KEY=VALUE for each parameter.")
    ] = None,
    input_file: Annotated[
        str | None, typer.Option("--input", help="File with all parameters as JSON; - is stdin.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until the run has ended; exit code 1 when it failed.")
    ] = False,
    logs: Annotated[
        bool, typer.Option("--logs", help="Print its log as it comes; waits too.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document; with --logs one per line.")
    ] = False,
) -> None:
    """Start a run of a workflow; print its id."""
    words = parameters or []
    if words and input_file is not None:
        raise BadInput("Give parameters either as KEY=VALUE or with --input, not both.")
    given = None if input_file is None else _read_input(input_file)
    if not run_async(_run(workflow, words, given, wait=wait or logs, logs=logs, as_json=as_json)):
        raise typer.Exit(1)


async def start(
    store: Store,
    blobs: Blobs,
    name: str,
    words: Sequence[str] = (),
    given: Record | None = None,
    trigger: str = "manual",
) -> NewRun:
    """Create a run of ``WF`` or ``WF@VERSION`` once its parameters fit.

    Raises:
        BadInput: The workflow, the version or a parameter is wrong.
    """
    version = await Registry(store, blobs).resolve(name)
    head = await store.workflow(version.workflow)
    schema: dict[str, Any] = main_workflow(version.described).get("params") or {}
    params = read_words(schema, words) if given is None else given
    check(schema, params)
    new = NewRun(
        id=new_run_id(),
        workflow=version.workflow,
        version=version.version,
        params=json.dumps(params, ensure_ascii=False),
        policy=body_policy(version.described, head.settings if head else {}),
        trigger=trigger,
    )
    await deeds.start(store, new)
    return new


async def _run(
    name: str,
    words: Sequence[str],
    given: Record | None,
    *,
    wait: bool,
    logs: bool,
    as_json: bool,
) -> bool:
    config = load()
    async with opened(config) as store:
        blobs = open_blobs(config)
        new = await start(store, blobs, name, words, given)
        begun = {"run": new.id, "workflow": new.workflow, "version": new.version}
        if not as_json:
            say(new.id)
        elif logs:
            print_json_line(begun)
        elif not wait:
            print_json({**begun, "status": "queued", "params": json.loads(new.params)})
        await warn_without_agent(store, new)
        if not wait:
            return True
        if logs:
            await _print_log(store, blobs, new.id, as_json)
        ended = await wait_run(store, new.id)
        if as_json:
            record = await _ended_record(store, blobs, ended)
            (print_json_line if logs else print_json)(record)
        else:
            _say_end(ended)
        return ended.status is RunStatus.SUCCEEDED


async def wait_run(store: Store, run: str) -> Run:
    """Until the run has ended, however long that takes."""
    while not (head := await store.wait_run(run, _WAIT_S)).status.final:
        pass
    return head


async def _print_log(store: Store, blobs: Blobs, run: str, as_json: bool) -> None:
    async with aclosing(follow_run(store, blobs, run, follow=True)) as lines:
        async for said in lines:
            if as_json:
                print_json_line(said_record(run, said))
            else:
                print_said(said, named=True)


async def _ended_record(store: Store, blobs: Blobs, run: Run) -> Record:
    text = await store.result(run.id) if run.status is RunStatus.SUCCEEDED else None
    value = None
    if text is not None:
        value = await asyncio.to_thread(lambda: read_value(text, blobs))
    return {**run_record(run), "result": value}


def _say_end(run: Run) -> None:
    if run.status is RunStatus.SUCCEEDED:
        warn(f"succeeded after {duration(run.created, run.finished)}")
        return
    if run.error is not None and run.error.traceback:
        warn(run.error.traceback.rstrip())
    warn(f"salt: Run {run.id} has no value: {why_none(run)}.")


async def warn_without_agent(store: Store, new: NewRun) -> None:
    """Say it when nobody is there who would take the run."""
    queue = new.policy.queue
    if not await live_agents(store, queue):
        serving = "" if queue == "default" else f" --queue {queue}"
        warn(f"No agent is up for it; the run waits for one. Start one with: salt agent{serving}")


def _read_input(name: str) -> Record:
    where = "stdin" if name == "-" else name
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"The input cannot be read: {error.strerror}.", file=where) from error
    except UnicodeDecodeError as error:
        raise BadInput("The input is not UTF-8.", file=where) from error
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"This is not JSON: {error.msg}.", file=where, line=error.lineno, column=error.colno
        ) from error
    if not isinstance(found, dict):
        raise BadInput('The input must be an object, such as {"day": "2026-01-31"}.', file=where)
    return found
