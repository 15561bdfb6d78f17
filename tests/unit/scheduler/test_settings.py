"""From salt.yaml's schedules to the store's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from salt_core.errors import BadInput
from salt_core.scheduler.settings import locate, schedules_of

NOW = 1_767_225_600_123  # 2026-01-01T00:00:00.123Z


def test_cron_and_interval() -> None:
    settings = {
        "schedules": [
            {
                "cron": "0  2 * * *",
                "timezone": "Europe/Rome",
                "params": {"day": "{{ due | date }}"},
                "catchup": "all",
                "jitter": "30s",
            },
            {"every": "15m"},
        ]
    }
    nightly, often = schedules_of("wf", settings, NOW)
    assert (nightly.cron, nightly.every_s, nightly.timezone) == ("0 2 * * *", None, "Europe/Rome")
    assert (nightly.catchup, nightly.jitter_s) == ("all", 30.0)
    assert nightly.params == '{"day": "{{ due | date }}"}'
    assert nightly.next_due == 1_767_229_200_000  # 01:00Z
    assert (often.cron, often.every_s, often.timezone) == (None, 900.0, "UTC")
    assert (often.catchup, often.jitter_s, often.params) == ("latest", 0.0, "{}")
    assert often.next_due == 1_767_225_600_000 + 900_000  # whole seconds
    for one in (nightly, often):
        assert re.fullmatch(r"wf\.[0-9a-f]{8}", one.id)
        assert one.workflow == "wf"
    assert nightly.id != often.id


def test_the_same_definition_has_the_same_id() -> None:
    def id_of(entry: dict[str, Any]) -> str:
        return schedules_of("wf", {"schedules": [entry]}, NOW)[0].id

    plain = id_of({"cron": "0 2 * * *"})
    assert id_of({"cron": "0   2 * * *", "timezone": "UTC", "params": {}}) == plain
    assert id_of({"cron": "0 2 * * *", "catchup": "none", "jitter": 5}) == plain
    assert id_of({"cron": "0 3 * * *"}) != plain
    assert id_of({"cron": "0 2 * * *", "timezone": "Europe/Rome"}) != plain
    assert id_of({"cron": "0 2 * * *", "params": {"a": 1}}) != plain
    assert id_of({"every": "60s"}) == id_of({"every": "1m"}) == id_of({"every": 60.0})


def test_none() -> None:
    assert schedules_of("wf", {}, NOW) == []
    assert schedules_of("wf", {"schedules": None}, NOW) == []


@pytest.mark.parametrize(
    ("entry", "key", "why"),
    [
        ({}, "schedules[0]", "either cron or every"),
        ({"cron": "* * * * *", "every": "1m"}, "schedules[0]", "either cron or every"),
        ({"cron": "61 * * * *"}, "schedules[0].cron", "minute 61"),
        ({"every": "soon"}, "schedules[0].every", "not a duration"),
        ({"every": "500ms"}, "schedules[0].every", "shorter than a second"),
        ({"every": "1h", "timezone": "Rome"}, "schedules[0].timezone", "not a time zone"),
        ({"every": "1h", "catchup": "some"}, "schedules[0].catchup", "none, latest, all"),
        ({"every": "1h", "params": {"d": "{{ do }}"}}, "schedules[0].params", "there is no 'do'"),
    ],
)
def test_refused(entry: dict[str, Any], key: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        schedules_of("wf", {"schedules": [entry]}, NOW)
    assert caught.value.key == key


DESCRIBED = {
    "default": "main",
    "workflows": [
        {
            "name": "main",
            "params": {
                "type": "object",
                "properties": {"day": {"type": "string", "format": "date"}},
                "required": ["day"],
            },
        }
    ],
}


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, "'day' is missing"),
        ({"day": "{{ due | date }}", "dya": 1}, "no parameter 'dya'"),
        ({"day": "{{ due | epoch }}"}, "must be a date"),
    ],
)
def test_parameters_are_judged_by_the_workflow(params: dict[str, Any], why: str) -> None:
    good = {"every": "1h", "params": {"day": "{{ previous | date }}"}}
    settings = {"schedules": [good, {"every": "2h", "params": params}]}
    with pytest.raises(BadInput, match=why) as caught:
        schedules_of("wf", settings, NOW, described=DESCRIBED)
    assert caught.value.key == "schedules[1].params"
    schedules_of("wf", settings, NOW)


def test_an_error_is_located_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "salt.yaml"
    file.write_text("schedules:\n  - every: 1h\n  - every: 100ms\n    params: {a: 1}\n")
    for key, line in (("schedules[1].every", 3), ("schedules[1].jitter", 3), ("schedules", 1)):
        error = locate(BadInput("Wrong.", key=key), file)
        assert (error.file, error.line) == (str(file), line)
    assert locate(BadInput("Wrong.", key="x"), tmp_path / "none").line is None


def test_the_same_twice_is_refused() -> None:
    with pytest.raises(BadInput, match=r"schedules\[1\] says the same"):
        schedules_of("wf", {"schedules": [{"every": "1m"}, {"every": "60s"}]}, NOW)
