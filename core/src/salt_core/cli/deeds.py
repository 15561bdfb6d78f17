"""What people do to runs and workflows, told to everybody who looks on.

Command line and console do it through here, so that a deed reads the same wherever it was done.
"""

from __future__ import annotations

import getpass
import shlex
import socket
from typing import TYPE_CHECKING

from salt_core.errors import BadInput, Refused
from salt_core.model.deed import Deed
from salt_core.model.run import NewRun, Run
from salt_core.model.task import Task
from salt_core.model.workflow import Workflow
from salt_core.why import past

if TYPE_CHECKING:
    from salt_core.store import Emitted, Store


def person() -> str:
    """Who does it: ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


async def tell(store: Store, did: str, about: str, *words: str) -> None:
    """Tell that this person ``did`` something, by the command of ``words``."""
    await store.tell_deed(Deed(person(), did, about, shlex.join(words)))


async def start(store: Store, new: NewRun) -> None:
    """Create a run that a person wants."""
    await store.create_run(new)
    await tell(store, f"started run {new.id} of {new.workflow}", new.id, "salt", "show", new.id)


async def cancel(store: Store, run: Run) -> bool:
    """Cancel a run; ``False``: it had ended already."""
    cancelled = await store.cancel(run.id)
    if cancelled:
        did = f"cancelled run {run.id} of {run.workflow}"
        await tell(store, did, run.id, "salt", "cancel", run.id)
    return cancelled


async def decide(
    store: Store, run: Run, task: Task, *, accepted: bool, reason: str = "", fields: str = "{}"
) -> None:
    """Say yes or no to a task that waits for a person; ``fields``: JSON text of what it asks for.

    Raises:
        Refused: It waits for nobody any more.
    """
    by = person()
    taken = await store.decide(
        run.id, task.id, accepted=accepted, by=by, reason=reason, fields=fields
    )
    if not taken:
        raise Refused(f"{task.name!r} of run {run.id} waits for nobody any more.")
    verb, past = ("approve", "approved") if accepted else ("reject", "rejected")
    did = f"{past} {task.name} of run {run.id}"
    await tell(store, did, run.id, "salt", verb, run.id, task.id)


async def roll_back(store: Store, workflow: Workflow, version: str) -> None:
    """Let new runs begin with ``version``.

    Raises:
        Refused: It is not there any more.
    """
    name = workflow.name
    if not await store.make_live(name, version):
        raise Refused(f"Version {version} of {name!r} is not there any more.")
    if version != workflow.live:
        did = f"made {name}@{version} live"
        await tell(store, did, name, "salt", "rollback", name, version)


async def move(store: Store, run: Run, version: str) -> None:
    """Let a run go on with ``version``, where it is replayed.

    Raises:
        Refused: It has ended.
    """
    if not await store.move(run.id, version):
        now = await store.run(run.id)
        raise Refused(
            f"Run {run.id} has ended already: it {past(now.status) if now else 'is forgotten'}.",
            f"Start another one: salt rerun {run.id} --latest",
        )
    did = f"moved run {run.id} to {run.workflow}@{version}"
    await tell(store, did, run.id, "salt", "replay", run.id, "--onto", version)


async def pause(store: Store, workflow: str, paused: bool) -> bool:
    """Let a workflow's schedules skip their slots, or fire again; ``False``: it was so already.

    Raises:
        BadInput: There is no such workflow.
    """
    changed = await store.pause(workflow, paused)
    if changed is None:
        raise BadInput(f"There is no workflow {workflow!r}.", "'salt workflows' lists them.")
    if changed:
        verb = "pause" if paused else "resume"
        await tell(store, f"{verb}d {workflow}", workflow, "salt", verb, workflow)
    return changed


async def drain(store: Store, agent: str, on: bool) -> None:
    """Ask an agent to take no more work, or to take work again.

    Raises:
        Refused: It is not there any more.
    """
    if not await store.drain(agent, on):
        raise Refused(f"Agent {agent} is not there any more.")
    did, verb = (f"drained {agent}", "drain") if on else (f"undrained {agent}", "undrain")
    await tell(store, did, agent, "salt", verb, agent)


async def emit(store: Store, event: str, id: str, payload: str) -> Emitted:
    """Tell an event to all who wait for it; ``payload`` is JSON text."""
    emitted = await store.emit(event, id, payload)
    if emitted.new:
        await tell(store, f"emitted {event} {id}", event, "salt", "emit", event, payload)
    return emitted
