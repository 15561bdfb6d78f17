"""``salt approve`` and ``salt reject``: a person's word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from salt_core.cli.deeds import decide, person
from salt_core.cli.finding import find_run
from salt_core.cli.output import opened, print_json, run_async, say
from salt_core.cli.values import escaped
from salt_core.config import load
from salt_core.errors import BadInput, NotFound
from salt_core.model.run import Run
from salt_core.model.status import TaskStatus
from salt_core.model.task import Task
from salt_core.parameters import Wording, check, read_words
from salt_core.store import Store
from salt_core.store.paging import task_pages
from salt_core.why.deciding import commands, waits_for_decision

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
RunArgument = Annotated[str, typer.Argument(help="Id of the run, or its beginning.")]
Step = Annotated[str, typer.Argument(help="Name of the step or task, or the task's id.")]

FIELDS = Wording("field", "This step")
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Open:
    """A task that waits for a person, and its run."""

    run: Run
    task: Task


def approve(
    run: RunArgument,
    step: Step,
    fields: Annotated[
        list[str] | None, typer.Argument(help="KEY=VALUE for each field that the step asks for.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say yes to a step that waits for a person, or take data that is in quarantine."""
    _print(run_async(_decide(run, step, fields or [], accepted=True)), as_json)


def reject(
    run: RunArgument,
    step: Step,
    reason: Annotated[str, typer.Option(help="Why, for those who read of it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say no to a step that waits for a person, or refuse data that is in quarantine."""
    _print(run_async(_decide(run, step, [], accepted=False, reason=reason)), as_json)


def _print(record: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(record)
    else:
        say(f"{record['decision']} {record['step']} (task {record['task']}) of {record['run']}")


async def _decide(
    name: str, step: str, words: Sequence[str], *, accepted: bool, reason: str = ""
) -> dict[str, Any]:
    async with opened(load()) as store:
        found = await find_step(store, await find_run(store, name), step)
        given = _fields(found.task, words) if accepted else {}
        by = person()
        said = json.dumps(escaped(given), ensure_ascii=False)
        await decide(store, found.run, found.task, accepted=accepted, reason=reason, fields=said)
        return {
            "run": found.run.id,
            "task": found.task.id,
            "step": found.task.name,
            "decision": "approved" if accepted else "rejected",
            "by": by,
            "reason": reason,
            "fields": given,
        }


async def find_step(store: Store, run: Run, step: str) -> Open:
    """What ``step`` names among all that waits for a person in ``run`` and the runs that it called.

    Raises:
        NotFound: Nothing that waits has this name; says what waits.
        BadInput: Several have it; lists their ids.
    """
    named = await store.task(run.id, step) if step.isdigit() else None
    if named is not None and waits_for_decision(named) and not run.status.final:
        return Open(run, named)
    waiting = await waiting_for_decision(store, run)
    own = [one for one in waiting if one.run.id == run.id and one.task.name == step]
    found = own or [one for one in waiting if one.task.name == step]
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"salt approve {one.run.id} {one.task.id}" for one in found[:_LISTED])
        raise BadInput(f"{len(found)} of {step!r} wait in run {run.id}.", f"Name one: {some}.")
    told = await _already(store, run, step)
    raise NotFound(told, _what_waits(run, waiting))


async def waiting_for_decision(store: Store, run: Run) -> list[Open]:
    """All that waits for a person in ``run`` and the runs that it called."""
    found: list[Open] = []
    runs = [run]
    while runs:
        head = runs.pop(0)
        if head.status.final:
            continue
        async for page in task_pages(store, head):
            found += [Open(head, one) for one in page if waits_for_decision(one)]
            called = [one.child for one in page if one.child and not one.status.final]
            runs += [child for name in called if (child := await store.run(name)) is not None]
    return found


async def _already(store: Store, run: Run, step: str) -> str:
    if run.status.final:
        return f"Run {run.id} has ended already: nothing waits for a person."
    task = await store.task(run.id, step) if step.isdigit() else None
    if task is not None:
        state = "is still blocked" if task.status is TaskStatus.BLOCKED else f"is {task.status}"
        return f"Task {step} ({task.name}) of run {run.id} waits for nobody: it {state}."
    return f"No step {step!r} of run {run.id} waits for a person."


def _what_waits(run: Run, waiting: list[Open]) -> str:
    if run.status.final:
        return ""
    if not waiting:
        return "Nothing in it does."
    typed = [commands(one.run, one.task)[0] for one in waiting[:_LISTED]]
    more = f", and {len(waiting) - _LISTED} more" if len(waiting) > _LISTED else ""
    return f"What waits: {', '.join(typed)}{more}."


def _fields(task: Task, words: Sequence[str]) -> dict[str, Any]:
    """The fields that were typed, judged.

    Raises:
        BadInput: One is unknown, missing or of another type.
    """
    if task.quarantined and words:
        raise BadInput(f"Data in quarantine is taken as it is: {words[0]!r} has no place.")
    schema: dict[str, Any] = json.loads(task.fields) if task.fields else {}
    given = read_words(schema, words, FIELDS)
    check(schema, given, FIELDS)
    return given
