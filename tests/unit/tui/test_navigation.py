"""Ways through the console, and what is remembered of them and of other things."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salt_tui.memory import Memory
from salt_tui.navigation import Place, Ways, as_json, from_json

LISTS, OPENED = ["workflows", "runs"], ["runs", "run"]


def test_a_way_is_remembered_as_it_was() -> None:
    way = (
        Place("runs", {"filter": "status:failed", "row": "01k"}),
        Place("run", {"run": "01k"}),
    )
    assert from_json(json.loads(json.dumps(as_json(way))), LISTS, OPENED) == way


@pytest.mark.parametrize(
    "found",
    [None, 3, "runs", {}, [], [3], [{"view": "elsewhere"}], [{"run": "01k"}], [{"view": "run"}]],
)
def test_what_is_no_way_leads_nowhere(found: object) -> None:
    assert from_json(found, LISTS, OPENED) == ()


def test_a_way_ends_where_this_console_knows_no_more() -> None:
    found = [{"view": "runs"}, {"view": "hologram"}, {"view": "run", "run": "01k"}]
    assert from_json(found, LISTS, OPENED) == (Place("runs"),)


def test_the_place_before_is_another_place_and_not_another_look() -> None:
    ways = Ways()
    assert ways.note((Place("runs"),))
    assert not ways.note((Place("runs"),))
    assert ways.note((Place("runs", {"row": "01k"}),))
    assert not ways.before
    ways.note((Place("runs", {"row": "01k"}), Place("run", {"run": "01k"})))
    assert list(ways.before) == [Place("runs", {"row": "01k"})]
    ways.note((Place("runs"), Place("run", {"run": "01z"})))
    assert list(ways.before)[-1] == Place("run", {"run": "01k"})


def test_memory_outlives_the_console(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "console.json"
    Memory(file).put("theme", "nord")
    Memory(file).put_in("filters", "bad", "status:failed")
    Memory(file).put_in("filters", "mine", "wf:nightly")
    Memory(file).put_in("filters", "bad", None)
    again = Memory(file)
    assert again.get("theme") == "nord"
    assert again.table("filters") == {"mine": "wf:nightly"}
    assert [one.name for one in file.parent.iterdir()] == ["console.json"]


def test_two_consoles_keep_what_the_other_wrote(tmp_path: Path) -> None:
    file = tmp_path / "console.json"
    one, other = Memory(file), Memory(file)
    one.put("theme", "nord")
    other.put_in("filters", "bad", "status:failed")
    one.put_in("filters", "good", "status:succeeded")
    found = Memory(file)
    assert found.get("theme") == "nord"
    assert found.table("filters") == {"bad": "status:failed", "good": "status:succeeded"}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"filters": 3}', "\x00\xff"])
def test_a_broken_file_remembers_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "console.json"
    file.write_bytes(text.encode("latin-1"))
    memory = Memory(file)
    assert memory.get("theme") is None
    assert memory.table("filters") == {}
    memory.put_in("filters", "bad", "status:failed")
    assert Memory(file).table("filters") == {"bad": "status:failed"}


def test_a_file_that_cannot_be_written_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "console.json")
    memory.put("theme", "nord")
    assert memory.get("theme") == "nord"
