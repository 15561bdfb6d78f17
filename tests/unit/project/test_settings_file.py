"""salt.yaml: the whole contract is read, and every mistake is found where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from salt_core.errors import BadInput
from salt_core.project import Settings, read_settings, schema

WHOLE = """\
workflow: nightly              # default: the project's name
entrypoint: report.graph:nightly
queue: default
priority: 0
concurrency: {runs: 1, on_overlap: cancel-running}
schedules:
  - {cron: "0 2 * * *", timezone: Europe/Rome, params: {day: "{{ due | date }}"}, catchup: none,
     jitter: 30s}
  - {every: 15m}
triggers:
  - {event: orders.created, when: "payload.total > 100", params: {order: "{{ payload.id }}"}}
  - {dataset: [orders, customers], mode: all}
  - {workflow: ingest, on: succeeded}
  - {file: "inbox/*.csv"}
  - {s3: "s3://bucket/prefix/"}
  - {http: "https://example.org/feed", every: 1m}
notify: [{on: failed, webhook: "https://example.org/hook"}]
env: {TZ: UTC}
secrets: [API_KEY]
"""


def read(folder: Path, text: str) -> Settings:
    file = folder / "salt.yaml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file)


def test_the_whole_contract(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    assert settings.workflow == "nightly"
    assert settings.concurrency is not None
    assert settings.concurrency.on_overlap == "cancel-running"
    assert [one.every for one in settings.schedules] == [None, 900.0]
    assert settings.schedules[0].jitter == 30.0
    assert [type(one).__name__ for one in settings.triggers] == [
        "EventTrigger",
        "DatasetTrigger",
        "WorkflowTrigger",
        "FileTrigger",
        "S3Trigger",
        "HttpTrigger",
    ]
    assert settings.env == {"TZ": "UTC"}


def test_what_the_registry_keeps_can_be_read_again(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    kept = json.loads(json.dumps(settings.model_dump(mode="json")))
    assert Settings.model_validate(kept) == settings


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_all_defaults(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == Settings()


def test_no_file_is_all_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "salt.yaml") == Settings()


def test_words_stay_words_and_dates_stay_text(tmp_path: Path) -> None:
    params = read(
        tmp_path, "schedules: [{every: 5m, params: {a: 2026-01-01, b: on, c: 1.5, d: [no, ~]}}]"
    ).schedules[0]
    assert params.params == {"a": "2026-01-01", "b": "on", "c": 1.5, "d": ["no", None]}


MISTAKES = [
    ("workflow: a\nqueu: b\n", (2, 1), "queu", "Did you mean 'queue'?"),
    ("zzz: 1\n", (1, 1), "zzz", "Valid keys: workflow, entrypoint"),
    ("schedules:\n  - cron: '0 2 * *'\n", (2, 5), "cron", "five fields"),
    ("schedules:\n  - {every: 1h, cron: '* * * * *'}\n", (2, 5), "schedules", "either 'cron' or"),
    ("schedules:\n  - every: 1h\n    tmezone: UTC\n", (3, 5), "tmezone", "mean 'timezone'?"),
    (
        "schedules:\n  - every: 1h\n    timezone: Europe/Rom\n",
        (3, 5),
        "timezone",
        "mean 'Europe/Rome'?",
    ),
    ("schedules: [{every: soon}]\n", (1, 14), "every", "not a duration"),
    ("schedules: [{every: -5m}]\n", (1, 14), "every", "not a duration"),
    ("schedules: [{every: yes}]\n", (1, 14), "every", "not a duration"),
    ("schedules: {every: 1m}\n", (1, 1), "schedules", "must be a list"),
    ("schedules: [{every: 1h, catchup: some}]\n", (1, 25), "catchup", "'none', 'latest' or 'all'"),
    ("triggers:\n  - evnt: x\n", (2, 5), "evnt", "Did you mean 'event'?"),
    ("triggers:\n  - event: x\n    whn: y\n", (3, 5), "whn", "Did you mean 'when'?"),
    ("triggers: [{workflow: a, event: b}]\n", (1, 12), "triggers", "exactly one of the keys"),
    ("triggers: [{dataset: []}]\n", (1, 13), "dataset", "this list is empty"),
    ("triggers: [{s3: bucket}]\n", (1, 13), "s3", "pattern"),
    ("triggers: [nothing]\n", (1, 12), "triggers", "exactly one of the keys"),
    ("concurrency: {on_overlap: maybe}\n", (1, 15), "on_overlap", "'cancel-running'"),
    ("concurrency: {runs: 0}\n", (1, 15), "runs", "greater than or equal to 1"),
    ("notify: [{on: failed}]\n", (1, 10), "webhook", "missing"),
    ("notify: [{on: never, webhook: 'https://x'}]\n", (1, 11), "on", "'failed'"),
    ("priority: 1000\n", (1, 1), "priority", "less than or equal to 511"),
    ("priority: high\n", (1, 1), "priority", "whole number"),
    ("priority: true\n", (1, 1), "priority", "whole number"),
    ("workflow: Ni ghtly\n", (1, 1), "workflow", "not a name"),
    ("queue: 7\n", (1, 1), "queue", "must be text"),
    ("entrypoint: nightly\n", (1, 1), "entrypoint", "such as report.graph:nightly"),
    ("env: {PORT: 8080}\n", (1, 7), "PORT", "put the value in quotes"),
    ("env: {1A: x}\n", (1, 7), "1A", "environment variable"),
    ("secrets: [A B]\n", (1, 11), "secrets", "environment variable"),
]


@pytest.mark.parametrize(("text", "place", "key", "words"), MISTAKES)
def test_a_mistake_is_found_where_it_is(
    tmp_path: Path, text: str, place: tuple[int, int], key: str, words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, text)
    error = caught.value
    assert (error.line, error.column) == place
    assert error.key == key
    assert words in str(error)
    assert str(error).startswith(f"{tmp_path}/salt.yaml:{place[0]}:{place[1]}: ")
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [1\nb: 2\n", 2, "not YAML"),
        ("a: b: c\n", 1, "not YAML"),
        ("\tworkflow: x\n", 1, "not YAML"),
        ("workflow: a\n--- \nworkflow: b\n", 2, "another document"),
        ("- 1\n", 1, "must be a mapping"),
        ("just words\n", 1, "must be a mapping"),
        ("workflow: a\nqueue: b\nworkflow: c\n", 3, "given twice (first in line 1)"),
        ("env: &x {A: b}\nsecrets: *x\n", 2, "Aliases"),
        ("env:\n  <<: {A: b}\n", 2, "environment variable"),
        ("workflow: !!python/object:os.system x\n", 1, "tag"),
        ("workflow: !mine x\n", 1, "tag"),
        ("[" * 1000, 1, "too deeply"),
        ("{a: " * 1000, 1, "too deeply"),
        ("? [a]\n: b\n", 1, "key is a word"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, text)
    assert caught.value.line == line
    assert words in str(caught.value)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="larger than 256 KiB"):
        read(tmp_path, "workflow: a\n" + "#" * (256 << 10))


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "salt.yaml").write_bytes(b"workflow: a\n# \xff\n")
    with pytest.raises(BadInput) as caught:
        read_settings(tmp_path / "salt.yaml")
    assert caught.value.line == 2


def test_the_schema_that_ships_is_the_models() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()


def test_the_schema_takes_what_is_read_and_refuses_mistakes(tmp_path: Path) -> None:
    import yaml

    class Words(yaml.SafeLoader):
        """Reads ``on`` as a word, as editors and Salt do."""

    Words.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if not tag.endswith((":bool", ":timestamp"))]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    rules: dict[str, Any] = json.loads(schema.text())
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.validate(yaml.load(WHOLE, Words), rules)
    for text in ("queu: b", "concurrency: {on_overlap: maybe}", "priority: high"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(text), rules)
