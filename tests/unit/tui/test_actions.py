"""The registry of actions, the keys that a person may choose, and the page that is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from salt_core.cli.table import COMMANDS
from salt_core.config import load
from salt_core.errors import BadInput
from salt_tui.actions.action import Action
from salt_tui.actions.keymap import Keymap
from salt_tui.actions.page import page
from salt_tui.actions.registry import ACTIONS, bindings, everywhere, of_view, shown_keys

ROOT = Path(__file__).parents[3]
CANCEL = next(action for action in ACTIONS if action.id == "run.cancel")


def test_every_action_has_a_sentence_and_an_id_of_its_own() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    for action in ACTIONS:
        assert action.help.endswith("."), action.id
        assert action.label, action.id


def test_every_command_that_an_action_names_exists() -> None:
    for action in ACTIONS:
        if action.cli:
            salt, name = action.cli.split()[:2]
            assert salt == "salt", action.id
            assert name in COMMANDS, action.id


def test_the_page_is_as_the_registry_says() -> None:
    assert (ROOT / "docs" / "console.md").read_text() == page(), (
        "make it anew: python -m salt_tui.actions.page > docs/console.md"
    )


def test_no_key_means_two_things() -> None:
    Keymap()  # raises when one does


def test_an_action_without_a_key_binds_none() -> None:
    unbound = Action("x", "", "X", "Does x.", "x")
    assert bindings([unbound]) == []


def test_commands_name_what_the_cursor_is_on() -> None:
    assert CANCEL.command({"RUN": "01kf"}) == "salt cancel 01kf"
    assert CANCEL.command({}) == "salt cancel RUN"
    again = next(action for action in ACTIONS if action.id == "run.again")
    names = {"WF": "a b; rm -rf ~", "KEY=VALUE…": "year=2015 city='San Jose'"}
    assert again.command(names) == "salt run 'a b; rm -rf ~' year=2015 city='San Jose'"


def test_keys_may_be_chosen() -> None:
    keymap = Keymap({"run.cancel": "ctrl+x", "help": "?,f1", "run.error": "!"})
    assert keymap.keys(CANCEL) == "ctrl+x"
    shown = {action.id: keymap.shown(action) for action in ACTIONS}
    assert shown["help"] == "? f1"
    assert shown["run.error"] == "!"
    assert shown["go.runs"] == "2"


def test_two_actions_may_change_keys_with_each_other() -> None:
    keymap = Keymap({"run.error": "v", "run.value": "e"})
    assert [keymap.shown(a) for a in of_view("run") if a.id in ("run.error", "run.value")] == [
        "v",
        "e",
    ]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"run.cansel": "k"}, "Did you mean 'run.cancel'"),
        ({"nothing-like-it-at-all": "k"}, "docs/console.md"),
        ({"run.cancel": "j"}, "would mean moving and run.cancel"),
        ({"run.cancel": "r"}, "would mean run.again and run.cancel"),
        ({"run.cancel": "q"}, "would mean run.cancel and quit"),
    ],
)
def test_keys_that_cannot_be_are_refused(chosen: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words.replace("(", r"\(")):
        Keymap(chosen)


def test_keys_come_from_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[ui]\ntheme = "nord"\n[ui.keys]\n"run.cancel" = "X"\n')
    config = load({"SALT_HOME": str(tmp_path)})
    assert config.ui.theme == "nord"
    assert Keymap(config.ui.keys).keys(CANCEL) == "X"


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[ui]\nkeys = 3\n")
    with pytest.raises(BadInput, match=r"ui\.keys"):
        load({"SALT_HOME": str(tmp_path)})


def test_keys_are_shown_as_people_write_them() -> None:
    assert shown_keys("colon,ctrl+p") == ": ctrl+p"
    assert shown_keys("slash") == "/"
    assert shown_keys("escape") == "esc"
    assert all(shown_keys(action.keys) or not action.keys for action in everywhere())
