"""What people decide, drain, emit and fire in the console: asked, done, told to all."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from salt_core.cli import deeds
from salt_core.errors import BadInput
from salt_core.ids import new_nonce, new_run_id
from salt_core.model.agent import AgentInfo
from salt_core.model.run import NewRun
from salt_core.model.schedule import Schedule
from salt_core.model.waiting import Waiting
from salt_core.model.workflow import Version, Workflow
from salt_core.parameters import Wording, body_policy
from salt_tui.doing import Undo
from salt_tui.formfields import as_words

if TYPE_CHECKING:
    from salt_tui.app import SaltApp

FIELDS = Wording("field", "This step")
_REASON: dict[str, Any] = {
    "type": "object",
    "properties": {"reason": {"type": "string", "description": "Why, for those who read of it."}},
}
_EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "minLength": 1, "description": "Its name."},
        "payload": {"type": "string", "description": "What it carries, as JSON.", "default": "{}"},
        "id": {"type": "string", "description": "The same id again changes nothing."},
    },
    "required": ["event"],
}
_EVENTS = Wording("field", "An event")


async def approve(app: SaltApp, it: Waiting) -> None:
    """Ask for what the step wants, and say yes; or take data that is in quarantine."""
    from salt_tui.screens.dialogs import Confirm
    from salt_tui.screens.form import Form

    command = f"salt approve {it.run.id} {it.task.id}"
    given: dict[str, Any] | None = {}
    if it.task.fields and not it.task.quarantined:
        schema = json.loads(it.task.fields)
        title = f"Approve {it.task.name}? {it.task.message}".strip()
        form = Form(
            title,
            schema,
            {},
            lambda params: f"{command} {as_words(params)}".rstrip(),
            "approve",
            FIELDS,
        )
        given = await app.push_screen_wait(form)
        if given is None:
            return
    else:
        taken = "Its value is taken as it is, and what needs it goes on."
        question = f"Take the data of {it.task.name}?" if it.task.quarantined else ""
        asked = Confirm(
            question or f"Approve {it.task.name}?",
            taken if it.task.quarantined else it.task.message or "The run goes on.",
            command,
        )
        if not await app.push_screen_wait(asked):
            return
    await _decide(app, it, True, fields=json.dumps(given, ensure_ascii=False))


async def reject(app: SaltApp, it: Waiting) -> None:
    """Ask for a reason, and say no."""
    from salt_tui.screens.form import Form

    command = f"salt reject {it.run.id} {it.task.id}"

    def line(given: dict[str, Any]) -> str:
        return f"{command} --{as_words(given)}" if given else command

    form = Form(f"Reject {it.task.name}?", _REASON, {}, line, "reject", FIELDS)
    given = await app.push_screen_wait(form)
    if given is not None:
        await _decide(app, it, False, reason=given.get("reason", ""))


async def _decide(app: SaltApp, it: Waiting, accepted: bool, **said: str) -> None:
    app.expect(it.run.id)
    await deeds.decide(app.model.store, it.run, it.task, accepted=accepted, **said)
    app.say(f"{'Approved' if accepted else 'Rejected'} {it.task.name} of {it.run.id}")


async def drain(app: SaltApp, agent: AgentInfo) -> None:
    """Let an agent take no more work, or take work again."""
    on, store, name = agent.state != "draining", app.model.store, agent.id
    app.expect(name)
    await deeds.drain(store, name, on)
    words = {True: f"{name} takes no more work", False: f"{name} takes work again"}
    app.offer(words[on], Undo(words[not on], lambda: deeds.drain(store, name, not on)), name)


async def emit(app: SaltApp, event: str, payload: str) -> None:
    """Ask for an event, and tell it to all who wait for it."""
    from salt_tui.screens.form import Form

    def line(given: dict[str, Any]) -> str:
        more = f" --id {shlex.quote(given['id'])}" if "id" in given else ""
        payload = shlex.quote(given.get("payload", "{}"))
        return f"salt emit {shlex.quote(given['event'])} {payload}{more}"

    begun = {"event": event, "payload": payload} if event else {}
    given = await app.push_screen_wait(Form("Emit an event", _EVENT, begun, line, "emit", _EVENTS))
    if given is None:
        return
    text = given.get("payload", "{}")
    try:
        payload = json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError as error:
        raise BadInput(
            f"The payload is not JSON: {error}.", 'It is written like {"id": 7}.'
        ) from None
    name = given["event"]
    app.expect(name)
    emitted = await deeds.emit(app.model.store, name, given.get("id") or new_nonce(), payload)
    waits = "1 wait" if emitted.woken == 1 else f"{emitted.woken} waits"
    app.say(f"{name} ended {waits}" if emitted.new else f"{name} was told before under this id")


async def fire(app: SaltApp, schedule: Schedule) -> None:
    """Start a run as the schedule's next slot would; the schedule goes on as it was."""
    from salt_core.scheduler.starting import names
    from salt_core.scheduler.templates import render
    from salt_tui.screens.dialogs import Confirm

    model, name = app.model, schedule.workflow
    detail = await model.workflow(name)
    if detail is None or detail.live is None:
        raise BadInput(f"Workflow {name} has no live version to run.")
    try:
        params: Any = render(json.loads(schedule.params), names(schedule, model.now()))
    except ValueError as error:
        raise BadInput(f"The schedule's parameters cannot be filled in: {error}.") from None
    words = as_words(params)
    command = f"salt run {name} {words}".rstrip()
    asked = Confirm(
        f"Run {name}@{detail.live.version} now?",
        f"As the schedule would now{f', with {words}' if words else ''}. Its next slot stays.",
        command,
    )
    if not await app.push_screen_wait(asked):
        return
    new = NewRun(
        id=new_run_id(),
        workflow=name,
        version=detail.live.version,
        params=json.dumps(params, ensure_ascii=False),
        policy=body_policy(detail.live.described, detail.workflow.settings),
    )
    app.expect(new.id)
    await deeds.start(model.store, new)
    app.open_run(new.id)


async def compare(app: SaltApp, older: Version, newer: Version) -> None:
    """Show what two versions differ in."""
    from salt_tui.screens.difference import DifferenceOf

    await app.push_screen_wait(DifferenceOf(older, newer))


async def make_live(app: SaltApp, workflow: Workflow, version: str) -> None:
    """Let new runs of a workflow begin with a version, if a person says so."""
    from salt_tui.screens.dialogs import Confirm

    name, back, store = workflow.name, workflow.live, app.model.store
    asked = Confirm(
        f"Make {name}@{version} live?",
        f"New runs begin with it instead of {back or 'none'}; what runs stays on its own.",
        f"salt rollback {name} {version}",
    )
    if not await app.push_screen_wait(asked):
        return
    app.expect(name)
    await deeds.roll_back(store, workflow, version)
    now = await store.workflow(name)
    if now is not None and back:
        undo = Undo(f"{name}@{back} is live again", lambda: deeds.roll_back(store, now, back))
        app.offer(f"{name}@{version} is live", undo, name)
