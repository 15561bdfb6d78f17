"""Every key does what the footer, the help and the palette say it does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.snapshot import scenes
from tests.snapshot.conftest import SMALL, Console, settled, until
from tests.snapshot.fixed import NOW, FixedStore
from textual.pilot import Pilot
from textual.widgets import Input, OptionList
from textual.widgets._footer import FooterKey

from salt_core.logs.tagged import tag
from salt_core.model.run import Run
from salt_core.model.status import RunStatus, TaskStatus
from salt_tui.actions.keymap import Keymap
from salt_tui.actions.registry import everywhere, of_view
from salt_tui.app import Leaving, SaltApp
from salt_tui.runlist import RunRow
from salt_tui.screens.dialogs import Confirm, Leave
from salt_tui.screens.form import Form
from salt_tui.screens.help import Help
from salt_tui.screens.run import RunView
from salt_tui.screens.runs import RunsView
from salt_tui.screens.view import View
from salt_tui.widgets.table import VirtualTable


async def press(pilot: Pilot[Leaving], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def salt(pilot: Pilot[Leaving]) -> SaltApp:
    assert isinstance(pilot.app, SaltApp)
    return pilot.app


def table(pilot: Pilot[Leaving]) -> VirtualTable[RunRow]:
    return pilot.app.screen.query_one(VirtualTable)


def listed(pilot: Pilot[Leaving]) -> list[Run]:
    return [row.run for row in table(pilot).rows if row.run]


def run_view(pilot: Pilot[Leaving]) -> RunView:
    assert isinstance(pilot.app.screen, RunView)
    return pilot.app.screen


def first_line(view: RunView) -> str:
    """What the pane with texts begins with."""
    lines = view.panes.text.view.lines
    return lines.line(0).text if len(lines) else ""


async def at_running(pilot: Pilot[Leaving]) -> RunView:
    await press(pilot, "2", "down", "enter")
    view = run_view(pilot)
    await until(pilot, lambda: len(view.log_view.lines) == 143)
    return view


async def test_numbers_go_to_the_views(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        for key, mode in (("2", "runs"), ("3", "agents"), ("4", "schedules"), ("1", "workflows")):
            await press(pilot, key)
            assert salt(pilot).current_mode == mode


async def test_a_number_leaves_what_was_opened(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "enter")
        await press(pilot, "2")
        assert isinstance(pilot.app.screen, RunsView)


async def test_enter_goes_in_and_escape_out(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "enter")
        assert pilot.app.screen.query_one("#way").visual.plain.strip() == "Workflows › crm-sync"  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, RunView)
        await press(pilot, "escape", "escape")
        assert salt(pilot).view.view_name == "workflows"
        await press(pilot, "escape")  # nowhere to go: nothing happens
        assert salt(pilot).view.view_name == "workflows"


async def test_enter_on_a_schedule_shows_its_workflows_runs(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "4", "down", "enter")
        assert salt(pilot).view.view_name == "runs"
        assert {run.workflow for run in listed(pilot)} == {"nightly"}


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        (["down", "down", "up"], 1),
        (["j", "j", "k"], 1),
        (["end"], 29),
        (["G", "g"], 0),
        (["pagedown"], None),
        (["pagedown", "pageup"], 0),
        (["up"], 0),
    ],
)
async def test_moving_in_a_table(console: Console, keys: list[str], at: int | None) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        await press(pilot, "2", *keys)
        page = table(pilot).size.height - 2
        assert table(pilot).cursor == (page if at is None else at)


async def test_a_click_moves_and_a_second_opens(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2")
        await pilot.click(VirtualTable, offset=(4, 4))
        await settled(pilot)
        assert table(pilot).cursor == 3
        await pilot.click(VirtualTable, offset=(4, 4), times=2)
        await settled(pilot)
        assert run_view(pilot).crumb == scenes.FAILED


async def test_a_click_on_a_tab_goes_there(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await pilot.click(list(pilot.app.screen.query(".tab"))[2], offset=(3, 0))
        await settled(pilot)
        assert salt(pilot).current_mode == "agents"


async def test_r_runs_a_workflow_with_what_was_typed(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "down", "down", "r")
        assert isinstance(pilot.app.screen, Form)
        await press(pilot, "enter")  # year is missing: it stays, and says so
        assert isinstance(pilot.app.screen, Form)
        assert store.created == []
        await press(pilot, *"2015", "enter")
        await until(pilot, lambda: bool(store.created))
        new = store.created[0]
        assert (new.workflow, new.version, new.trigger) == (
            "seattle-weather",
            "a77e01c5d290",
            "manual",
        )
        assert json.loads(new.params) == {"year": 2015}
        await until(pilot, lambda: isinstance(pilot.app.screen, RunView))
        assert run_view(pilot).crumb == new.id


async def test_r_on_a_run_begins_with_its_parameters(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2", "down", "r")
        values = [field.value for field in pilot.app.screen.query(Input)]
        assert values == ["Seattle", "2015"]
        await press(pilot, "escape")
        assert salt(pilot).view.view_name == "runs"
        assert store.created == []


async def test_r_without_a_live_version_says_so(console: Console) -> None:
    store = scenes.full()
    store.all_versions.clear()
    async with console(store) as pilot:
        await press(pilot, "r")
        await until(pilot, lambda: bool(pilot.app.screen.query("Toast")))
        assert isinstance(pilot.app.screen, View)


async def test_x_cancels_when_asked_twice(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2", "down", "x")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "enter")  # is no answer
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "n")
        assert store.cancelled == []
        await press(pilot, "x", "y")
        await until(pilot, lambda: store.cancelled == [scenes.RUNNING])


async def test_x_does_nothing_to_a_run_that_has_ended(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "down", "down", "down", "x")
        assert salt(pilot).view.view_name == "runs"
        assert not isinstance(pilot.app.screen, Confirm)


async def test_slash_filters_and_escape_clears(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "slash", *"status:failed", "enter")
        assert {run.status for run in listed(pilot)} == {RunStatus.FAILED}
        await press(pilot, "slash")
        assert pilot.app.screen.query_one(Input).value == "status:failed"
        await press(pilot, "escape")
        await until(pilot, lambda: len(table(pilot).rows) == 30)


async def test_a_filter_asks_the_store_about_all_runs(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2", "slash", *"wf:nightly since:2d", "enter")
        assert [str(term.field) for term in store.queries[-1].terms] == ["workflow"]
        assert store.queries[-1].created.least == NOW - 2 * scenes.DAY


async def test_letters_in_the_filter_are_no_commands(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "slash", *"q1:r?x")
        assert pilot.app.screen.query_one(Input).value == "q1:r?x"
        assert salt(pilot).view.view_name == "runs"


async def test_colon_and_ctrl_p_open_the_palette(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        for key in ("colon", "ctrl+p"):
            await press(pilot, key)
            assert type(pilot.app.screen).__name__ == "CommandPalette"
            await press(pilot, "escape")


async def test_the_palette_does_what_it_says(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "colon", *"runs of stocks")
        await pilot.pause(0.3)
        await press(pilot, "enter")
        await until(pilot, lambda: salt(pilot).view.view_name == "runs")
        assert {run.workflow for run in listed(pilot)} == {"stocks"}


async def test_question_mark_lists_searches_copies_and_does(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "down", "question_mark")
        shown = pilot.app.screen
        assert isinstance(shown, Help)
        listed = {row.action.id for row in shown.table.rows if row.action}
        assert listed == {action.id for action in (*of_view("runs"), *everywhere())}
        await press(pilot, "slash", *"cancel", "down", "up")
        assert [row.label for row in shown.table.rows] == ["Cancel"]
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "escape", "question_mark", "slash", *"cancel", "escape", "y")
        await press(pilot, "slash", *"cancel")
        pilot.app.screen.query_one(VirtualTable).focus()
        await press(pilot, "y")
        assert pilot.app.clipboard == f"salt cancel {scenes.RUNNING}"
        await press(pilot, "escape")
        assert salt(pilot).view.view_name == "runs"


async def test_help_does_not_do_what_cannot_be_done(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(
            pilot, "2", "down", "down", "down", "question_mark", "slash", *"cancel", "enter"
        )
        assert isinstance(pilot.app.screen, Help)


async def test_chosen_keys_are_in_footer_help_and_menu(console: Console) -> None:
    keymap = Keymap({"run.cancel": "ctrl+x", "run.again": "x", "help": "f1"})
    store = scenes.full()
    async with console(store, keymap=keymap) as pilot:
        await press(pilot, "2", "down", "x")
        assert isinstance(pilot.app.screen, Form)
        await press(pilot, "escape", "ctrl+x")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "n")
        footer = {
            str(key.description): key.key_display for key in pilot.app.screen.query(FooterKey)
        }
        assert footer["Cancel"] == "^x"
        await press(pilot, "f1")
        assert isinstance(pilot.app.screen, Help)
        keys = {row.action.id: row.keys for row in pilot.app.screen.table.rows if row.action}
        assert (keys["run.cancel"], keys["run.again"], keys["help"]) == ("ctrl+x", "x", "f1")
        await press(pilot, "escape", "colon", *"cancel (ctrl+x)")
        await until(pilot, lambda: "(ctrl+x)" in shown_options(pilot))


def shown_options(pilot: Pilot[Leaving]) -> str:
    found = pilot.app.screen.query(OptionList)
    return "".join(
        str(found.first().get_option_at_index(0).prompt)
        for _ in found[:1]
        if found.first().option_count
    )


async def test_Y_copies_the_command_of_the_view(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        for key, command in (("1", "salt workflows"), ("2", "salt runs"), ("3", "salt agents")):
            await press(pilot, key, "Y")
            assert pilot.app.clipboard == command
        await press(pilot, "2", "down", "enter", "Y")
        assert pilot.app.clipboard == f"salt show {scenes.RUNNING}"


async def test_y_copies_the_id(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await press(pilot, "2", "down", "y")
        assert pilot.app.clipboard == scenes.RUNNING


async def test_q_leaves_at_once_what_it_did_not_start(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: not pilot.app.is_running or pilot.app.return_value == "keep")


@pytest.mark.parametrize(("key", "leaving"), [("l", "keep"), ("s", "stop")])
async def test_q_asks_about_what_it_started(console: Console, key: str, leaving: str) -> None:
    async with console(scenes.full(), started=["the scheduler host"]) as pilot:
        await press(pilot, "q")
        assert isinstance(pilot.app.screen, Leave)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, View)
        await press(pilot, "q")
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.return_value == leaving)


async def test_l_e_v_change_the_lower_half(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        view = await at_running(pilot)
        for key, word in (("e", "Nothing has failed here."), ("v", "Parameters")):
            await press(pilot, key)
            await until(pilot, lambda v=view, w=word: first_line(v) == w)  # type: ignore[misc]
        await press(pilot, "l")
        assert view.query_one("#panes").current == "log"  # type: ignore[attr-defined]


async def test_a_and_enter_choose_whose_log(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        view = await at_running(pilot)
        await press(pilot, "down", "a")
        await until(pilot, lambda: len(view.log_view.lines) == 2)
        await press(pilot, "a")
        await until(pilot, lambda: len(view.log_view.lines) == 143)
        await press(pilot, "down", "enter")  # six calls from one line: opened
        assert len(view.table.rows) == 10
        await press(pilot, "down", "enter")
        await until(pilot, lambda: len(view.log_view.lines) == 28)
        assert view.log_view.has_focus
        await press(pilot, "escape")
        assert view.table.has_focus


async def test_f_and_scrolling_decide_about_following(console: Console) -> None:
    store = scenes.full()
    async with console(store, SMALL) as pilot:
        view = await at_running(pilot)
        log = view.log_view
        assert log.follow
        await press(pilot, "tab", "up")
        assert not log.follow
        at = log.scroll_offset.y
        await press(pilot, "G")
        assert log.follow
        assert log.scroll_offset.y > at
        await press(pilot, "f")
        assert not log.follow
        await press(pilot, "g")
        assert log.scroll_offset.y == 0


async def test_new_lines_do_not_move_a_reader(console: Console) -> None:
    async with console(scenes.full(), SMALL) as pilot:
        view = await at_running(pilot)
        log = view.log_view
        await press(pilot, "tab", "up", "up")
        at = log.scroll_offset.y
        feed = view.panes.feed
        assert feed is not None
        lines = scenes.full().logs[scenes.FAILED, "3", 3]
        feed.lines.extend(tag(0, [line.encode()[:-1] for line in lines], b"0" * 13))
        view.panes.log_pane.grown()
        await until(pilot, lambda: log.virtual_size.height == 146)
        assert log.scroll_offset.y == at
        assert log.unseen == 3


async def test_brackets_show_the_tries(console: Console) -> None:
    store = scenes.full()
    lines = store.logs[scenes.FAILED, "3", 3]
    store.logs[scenes.FAILED, "3", 2] = lines[:1]
    async with console(store) as pilot:
        await press(pilot, "2", *["down"] * 3, "enter", "left_square_bracket")
        view = run_view(pilot)
        await until(pilot, lambda: len(view.log_view.lines) == 1)
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: len(view.log_view.lines) == 3)


async def test_z_gives_the_log_the_screen_and_t_hides_times(console: Console) -> None:
    async with console(scenes.full()) as pilot:
        view = await at_running(pilot)
        before = view.log_view.size.height
        await press(pilot, "z")
        await until(pilot, lambda: view.log_view.size.height > before + 8)
        await press(pilot, "t")
        assert not view.log_view.times
        await press(pilot, "escape")
        await until(pilot, lambda: view.log_view.size.height == before)


@pytest.mark.parametrize("view", ["workflows", "runs", "run", "agents", "schedules"])
async def test_every_action_of_a_view_can_be_done_there(console: Console, view: str) -> None:
    keys = {"workflows": "1", "runs": "2", "agents": "3", "schedules": "4", "run": "2"}
    async with console(scenes.full()) as pilot:
        await press(pilot, keys[view], *(["enter"] if view == "run" else []))
        for action in of_view(view):
            assert hasattr(pilot.app.screen, action.method)
        for action in everywhere():
            assert hasattr(pilot.app, action.method)


# -- keeping up ------------------------------------------------------------------------------


def _finish(store: FixedStore, run: str) -> None:
    at = next(i for i, one in enumerate(store.all_runs) if one.id == run)
    store.all_runs[at] = replace(
        store.all_runs[at], status=RunStatus.SUCCEEDED, finished=NOW, tasks_done=9
    )


async def test_a_change_is_on_the_screen_without_a_key(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2")
        _finish(store, scenes.RUNNING)
        await store.tell("run", scenes.RUNNING)
        await until(pilot, lambda: listed(pilot)[1].status is RunStatus.SUCCEEDED)


async def test_the_cursor_stays_on_its_run_when_others_come(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2", "down", "down")
        new = replace(store.all_runs[0], id="01kf3zz00000new1", created=NOW)
        store.all_runs.insert(0, new)
        await store.tell("run", new.id)
        await until(pilot, lambda: len(table(pilot).rows) == 31)
        assert table(pilot).cursor == 3


async def test_a_task_that_ends_is_shown_in_its_run(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        view = await at_running(pilot)
        tasks = store.all_tasks[scenes.RUNNING]
        tasks[5] = replace(tasks[5], status=tasks[4].status, finished=NOW)
        await store.tell("task", f"{scenes.RUNNING}/5")
        await press(pilot, "down", "down", "space")
        await until(pilot, lambda: view.table.rows[6].node.status == "succeeded")


async def test_it_heals_by_itself(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await press(pilot, "2")
        await store.lose("Redis is away.")
        await until(pilot, lambda: pilot.app.screen.query_one("#banner").has_class("-shown"))
        _finish(store, scenes.RUNNING)
        await store.lose("")
        await until(pilot, lambda: not pilot.app.screen.query_one("#banner").has_class("-shown"))
        await until(pilot, lambda: listed(pilot)[1].status is RunStatus.SUCCEEDED)


async def test_a_question_that_fails_leaves_the_console_running(console: Console) -> None:
    store = scenes.full()
    async with console(store) as pilot:
        await store.lose("Redis is away.")
        await press(pilot, "2", "down", "enter", "escape", "3", "4", "1", "r")
        assert pilot.app.is_running


async def test_an_answer_that_cannot_be_read_is_told(console: Console) -> None:
    store = scenes.full()
    store.results[scenes.DONE] = "this is not JSON"
    async with console(store) as pilot:
        await press(pilot, "2", *["down"] * 4, "enter", "v")
        await until(pilot, lambda: bool(pilot.app.screen.query("Toast")))
        assert pilot.app.is_running


async def test_a_run_that_fails_while_one_looks_shows_why(console: Console) -> None:
    store = scenes.full()
    at = next(i for i, one in enumerate(store.all_runs) if one.id == scenes.FAILED)
    failed, tasks = store.all_runs[at], store.all_tasks[scenes.FAILED]
    store.all_runs[at] = replace(failed, status=RunStatus.RUNNING, error=None)
    store.all_tasks[scenes.FAILED] = tasks[:3]
    async with console(store) as pilot:
        await press(pilot, "2", *["down"] * 3, "enter")
        view = run_view(pilot)
        assert view.query_one("#panes").current == "log"  # type: ignore[attr-defined]
        store.all_runs[at], store.all_tasks[scenes.FAILED] = failed, tasks
        await store.tell("run", scenes.FAILED)
        await store.tell("task", f"{scenes.FAILED}/4")
        await until(pilot, lambda: "region" in first_line(view))
        assert view.table.row is not None
        assert (
            view.node is not None and view.node.task is not None and view.node.task.name == "load"
        )


async def test_a_pane_that_was_chosen_stays(console: Console) -> None:
    store = scenes.full()
    at = next(i for i, one in enumerate(store.all_runs) if one.id == scenes.RUNNING)
    async with console(store) as pilot:
        view = await at_running(pilot)
        await press(pilot, "l")
        store.all_runs[at] = replace(
            store.all_runs[at], status=RunStatus.FAILED, error=scenes.KEY_ERROR
        )
        await store.tell("run", scenes.RUNNING)
        await until(pilot, lambda: view.query_one("#head").visual.plain.startswith(" ✗ failed"))  # type: ignore[attr-defined]
        await settled(pilot)
        assert view.query_one("#panes").current == "log"  # type: ignore[attr-defined]


async def test_one_question_that_failed_does_not_leave_the_banner(console: Console) -> None:
    """The change stream may be well while another question is not answered."""
    async with console(scenes.full()) as pilot:
        salt(pilot).model.lost(OSError("Too many connections."))
        await until(pilot, lambda: pilot.app.screen.query_one("#banner").has_class("-shown"))
        await until(pilot, lambda: not pilot.app.screen.query_one("#banner").has_class("-shown"))


async def test_the_end_of_a_run_ends_all_its_rows(console: Console) -> None:
    """A cancelled run tells of itself only, and so does a function that returns."""
    store = scenes.full()
    at = next(i for i, one in enumerate(store.all_runs) if one.id == scenes.RUNNING)
    async with console(store) as pilot:
        view = await at_running(pilot)
        store.all_runs[at] = replace(store.all_runs[at], status=RunStatus.CANCELLED, finished=NOW)
        store.all_tasks[scenes.RUNNING] = [
            task if task.status.final else replace(task, status=TaskStatus.CANCELLED)
            for task in store.all_tasks[scenes.RUNNING]
        ]
        await store.tell("run", scenes.RUNNING)
        await until(pilot, lambda: all(row.node.is_over for row in view.table.rows))
