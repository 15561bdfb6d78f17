"""What people do to runs and workflows in the console: ask, do it, say so, offer to undo it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.app import App, ReturnType
from textual.timer import Timer

from salt_core.cli import deeds
from salt_core.errors import BadInput
from salt_core.ids import new_run_id
from salt_core.model.deed import Deed
from salt_core.model.run import NewRun, Run
from salt_core.model.workflow import Workflow
from salt_core.parameters import body_policy
from salt_tui.formfields import as_words, typed
from salt_tui.memory import Memory
from salt_tui.readmodel import LOST, ReadModel
from salt_tui.text import plain
from salt_tui.times import ago
from salt_tui.widgets.columns import Cell, Column

if TYPE_CHECKING:
    from salt_core.cli.rerun import How

_UNDO_S = 15.0
_DEEDS = 200
_RERUNS: tuple[tuple[str, How, str], ...] = (
    ("s", "same", "all of it, on the run's own version"),
    ("l", "latest", "all of it, on the live version"),
    ("f", "from-failed", "keep what succeeded before the first failure"),
)


@dataclass(frozen=True, slots=True)
class Undo:
    """How to undo what was done last; ``what`` it is, in words."""

    what: str
    do: Callable[[], Awaitable[object]]


class Doing(App[ReturnType]):
    """The deeds of the console; the app that shows the views is made of this."""

    model: ReadModel
    memory: Memory

    def __init__(self) -> None:
        super().__init__()
        self._undo: Undo | None = None
        self._undo_timer: Timer | None = None
        self._own: dict[str, int] = {}

    def open_run(self, run: str) -> None:
        """Show one run."""
        raise NotImplementedError

    def open_runs(self, workflow: str) -> None:
        """Show the runs of one workflow."""
        raise NotImplementedError

    # -- runs ------------------------------------------------------------------------------

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def ask_and_run(self, workflow: str, params: str = "") -> None:
        """Ask for parameters and start a run of ``workflow``.

        Args:
            params: JSON text that the form begins with; ``""``: what was given the last time.
        """
        from salt_tui.screens.form import Form

        try:
            detail = await self.model.workflow(workflow)
            if detail is None or detail.live is None:
                self.say_problem(f"Workflow {workflow} has no live version to run.")
                return
            schema = detail.parameters
            last = self.memory.table("parameters").get(workflow)
            begun: Mapping[str, str] = last if isinstance(last, dict) and not params else {}
            if params:
                begun = typed(json.loads(params), schema)
            asked = Form(
                f"Run {workflow}@{detail.live.version}",
                schema,
                {str(name): str(text) for name, text in begun.items()},
                lambda given: f"salt run {workflow} {as_words(given)}".rstrip(),
            )
            given = await self.push_screen_wait(asked)
            if given is None:
                return
            self.memory.put_in("parameters", workflow, typed(given, schema))
            new = NewRun(
                id=new_run_id(),
                workflow=workflow,
                version=detail.live.version,
                params=json.dumps(given, ensure_ascii=False),
                policy=body_policy(detail.live.described, detail.workflow.settings),
            )
            self._expect(new.id)
            await deeds.start(self.model.store, new)
        except LOST as error:
            self.say_problem(str(error))
            return
        self.open_run(new.id)

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def ask_and_cancel(self, run: Run) -> None:
        """Cancel ``run`` if a person says so."""
        from salt_tui.screens.dialogs import Confirm

        open_tasks = run.tasks_total - run.tasks_done
        tasks = f"{open_tasks} task{'' if open_tasks == 1 else 's'}"
        asked = Confirm(
            f"Cancel run {run.id} of {run.workflow}?",
            f"{tasks} not done yet will be stopped or never start. This cannot be undone.",
            f"salt cancel {run.id}",
        )
        if not await self.push_screen_wait(asked):
            return
        try:
            self._expect(run.id)
            cancelled = await deeds.cancel(self.model.store, run)
        except LOST as error:
            self.say_problem(str(error))
            return
        self.say(f"Cancelled {run.id}" if cancelled else f"{run.id} had ended already")

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def ask_and_rerun(self, run: Run) -> None:
        """Start a run with the parameters of ``run``: which part of it, a person says."""
        from salt_core.cli.rerun import start_again
        from salt_tui.screens.pick import Answer, Pick

        answers = [
            Answer(
                key, (Cell(key, "busy"), Cell(how, "name"), Cell(what)), self._rerun_line(run, how)
            )
            for key, how, what in _RERUNS
        ]
        columns = (Column("", 1), Column("RERUN", 12), Column("WHAT RUNS", 24, most=60))
        picked = await self.push_screen_wait(Pick(f"Run {run.id} again", columns, answers))
        how = next((how for key, how, _ in _RERUNS if key == picked), None)
        if how is None:
            return
        try:
            made = await start_again(self.model.store, self.model.blobs, run, how)
        except LOST as error:
            self.say_problem(str(error))
            return
        self._expect(made.new.id)
        if made.plan is not None:
            self.say(f"{len(made.plan.keep)} of {made.plan.upto} calls are kept")
        self.open_run(made.new.id)

    @staticmethod
    def _rerun_line(run: Run, how: How) -> str:
        return f"salt rerun {run.id} --{how}"

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def ask_and_move(self, run: Run) -> None:
        """Let ``run`` go on with another version, or replay it on its own."""
        from salt_tui.screens.dialogs import Confirm

        try:
            picked = await self._pick_version(
                f"Replay run {run.id} onto which version?",
                run.workflow,
                run.version,
                lambda version: f"salt replay {run.id} --onto {version}",
            )
            if picked is None or not await self.push_screen_wait(
                Confirm(
                    f"Replay run {run.id} on {run.workflow}@{picked}?",
                    "Its workflow function starts anew from the journal, on that code. Where it "
                    "asks for something else than the journal holds, it is blocked again.",
                    f"salt replay {run.id} --onto {picked}",
                )
            ):
                return
            self._expect(run.id)
            await deeds.move(self.model.store, run, picked)
        except LOST as error:
            self.say_problem(str(error))
            return
        self.say(f"{run.id} is replayed on {picked}")

    # -- workflows -------------------------------------------------------------------------

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def ask_and_roll_back(self, workflow: Workflow) -> None:
        """Let new runs of ``workflow`` begin with a version that a person picks."""
        from salt_tui.screens.dialogs import Confirm

        name, store = workflow.name, self.model.store
        try:
            picked = await self._pick_version(
                f"Which version of {name} shall be live?",
                name,
                workflow.live,
                lambda version: f"salt rollback {name} {version}",
            )
            if picked is None or picked == workflow.live:
                return
            asked = Confirm(
                f"Make {name}@{picked} live?",
                f"New runs begin with it instead of {workflow.live}; what runs stays on its own.",
                f"salt rollback {name} {picked}",
            )
            if not await self.push_screen_wait(asked):
                return
            self._expect(name)
            await deeds.roll_back(store, workflow, picked)
            now = await store.workflow(name)
        except LOST as error:
            self.say_problem(str(error))
            return
        back = workflow.live
        if now is not None and back:
            undo = Undo(f"{name}@{back} is live again", lambda: deeds.roll_back(store, now, back))
            self._offer(f"{name}@{picked} is live", undo, name)

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def pause(self, workflow: Workflow) -> None:
        """Pause a workflow's schedules, or resume them."""
        name, paused, store = workflow.name, not workflow.paused, self.model.store
        try:
            self._expect(name)
            await deeds.pause(store, name, paused)
        except LOST as error:
            self.say_problem(str(error))
            return
        words = {True: f"{name} is paused", False: f"{name} is resumed"}
        undo = Undo(words[not paused], lambda: deeds.pause(store, name, not paused))
        self._offer(words[paused], undo, name)

    async def _pick_version(
        self, title: str, workflow: str, current: str, command: Callable[[str], str]
    ) -> str | None:
        from salt_tui.screens.pick import Answer, Pick

        versions = await self.model.store.versions(workflow)
        head = await self.model.store.workflow(workflow)
        live, now = (head.live if head else ""), self.model.now()
        answers = []
        for one in sorted(versions, key=lambda one: one.registered, reverse=True):
            notes = [
                word for word, is_ in (("live", live), ("current", current)) if one.version == is_
            ]
            cells = (
                Cell(one.version, "name"),
                Cell(ago(one.registered, now) if one.registered else "", "dim"),
                Cell(", ".join(notes), "good"),
                Cell(one.source, "dim"),
            )
            answers.append(Answer(one.version, cells, command(one.version)))
        if not answers:
            raise BadInput(f"{workflow} has no versions.")
        columns = (
            Column("VERSION", 12),
            Column("REGISTERED", 10),
            Column("", 13),
            Column("FROM", 12, most=50, drop=1),
        )
        return await self.push_screen_wait(Pick(title, columns, answers))

    # -- undoing ---------------------------------------------------------------------------

    def _offer(self, said: str, undo: Undo, about: str) -> None:
        """Say what was done, and let it be undone for a while."""

        async def undone() -> None:
            self._expect(about)
            await undo.do()

        self._undo = Undo(undo.what, undone)
        if self._undo_timer is not None:
            self._undo_timer.stop()
        self._undo_timer = self.set_timer(_UNDO_S, self._forget_undo)
        self.say(f"{said}; u undoes it", timeout=_UNDO_S)
        self.refresh_bindings()

    def _forget_undo(self) -> None:
        self._undo = None
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "undo":
            return self._undo is not None
        return super().check_action(action, parameters)

    @work(exclusive=True, group="deed", exit_on_error=False)
    async def action_undo(self) -> None:
        if (undo := self._undo) is None:
            return
        self._forget_undo()
        try:
            await undo.do()
        except LOST as error:
            self.say_problem(str(error))
        else:
            self.say(f"Undone: {undo.what}")

    # -- who did what ----------------------------------------------------------------------

    def _expect(self, about: str) -> None:
        """The next deed about this is our own: who did it knows it."""
        self._own[about] = self._own.get(about, 0) + 1

    def _is_own(self, deed: Deed) -> bool:
        left = self._own.get(deed.about, 0)
        if not left or deed.by != deeds.person():
            return False
        self._own[deed.about] = left - 1
        return True

    @work(exclusive=True, group="deeds", exit_on_error=False)
    async def tell_deeds(self) -> None:
        """Say what others did since we looked last."""
        try:
            for deed in await self.model.new_deeds():
                if not self._is_own(deed):
                    self.say(f"{deed.by} {deed.did}")
        except LOST as error:
            self.model.lost(error)

    @work(exclusive=True, group="dialog", exit_on_error=False)
    async def action_deeds(self) -> None:
        from salt_tui.screens.deeds import Deeds

        try:
            found = await self.model.store.deeds(_DEEDS)
        except LOST as error:
            self.model.lost(error)
            return
        about = await self.push_screen_wait(Deeds(found, self.model.now(), self.model.zone))
        if about:
            await self._open_about(about)

    async def _open_about(self, about: str) -> None:
        try:
            is_run = await self.model.run(about) is not None
        except LOST as error:
            self.model.lost(error)
            return
        (self.open_run if is_run else self.open_runs)(about)

    # -- saying ----------------------------------------------------------------------------

    def say(self, text: str, *, timeout: float | None = None) -> None:
        """A short message in the corner; foreign text in it is shown as it is."""
        self.notify(plain(text), markup=False, timeout=timeout)

    def say_problem(self, text: str) -> None:
        """The same, of what went wrong."""
        self.notify(plain(text), severity="error", markup=False)
