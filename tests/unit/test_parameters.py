"""Parameters are judged before a run exists; a wrong one is named with its type."""

from __future__ import annotations

from typing import Any

import pytest

from salt_core.errors import BadInput
from salt_core.model.task import Policy
from salt_core.parameters import body_policy, check, main_workflow, read_words
from salt_core.project.settings import Settings

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "day": {"type": "string", "format": "date"},
        "count": {"type": "integer", "minimum": 1},
        "rate": {"type": "number"},
        "fast": {"type": "boolean"},
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "limit": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        "level": {"enum": ["low", "high", 3]},
        "point": {"$ref": "#/$defs/Point"},
        "at": {"type": "string", "format": "date-time"},
        "pair": {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "string"}],
            "items": False,
        },
        "free": {},
    },
    "required": ["day"],
    "additionalProperties": False,
    "$defs": {
        "Point": {
            "type": "object",
            "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
            "required": ["x"],
            "additionalProperties": False,
        }
    },
}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("day=2026-01-31", "2026-01-31"),
        ("count=12", 12),
        ("rate=1.5", 1.5),
        ("rate=2", 2),
        ("fast=true", True),
        ("name=12", "12"),
        ("name=", ""),
        ("name=a=b", "a=b"),
        ('tags=["a", "b"]', ["a", "b"]),
        ("limit=7", 7),
        ("limit=null", None),
        ("limit=many", "many"),
        ("level=3", 3),
        ("level=high", "high"),
        ('point={"x": 1, "y": 2}', {"x": 1, "y": 2}),
        ("at=2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ('pair=[1, "a"]', [1, "a"]),
        ("free=[1]", [1]),
        ("free=word", "word"),
    ],
)
def test_a_word_is_read_by_its_type(word: str, value: Any) -> None:
    read = read_words(SCHEMA, [word])
    assert list(read.values()) == [value]
    assert type(next(iter(read.values()))) is type(value)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("day", "'day' is not a parameter. Parameters are written KEY=VALUE."),
        ("=x", "'=x' is not a parameter."),
        ("dya=2026-01-31", "The workflow has no parameter 'dya'. Did you mean 'day'?"),
        (
            "day=yesterday",
            "Parameter 'day' must be a date such as 2026-01-31, not \"yesterday\".",
        ),
        ("day=2026-02-30", "Parameter 'day' must be a date such as 2026-01-31"),
        ("count=many", "Parameter 'count' must be a whole number, not \"many\"."),
        ("count=1.5", "Parameter 'count' must be a whole number, not \"1.5\"."),
        ("count=true", "Parameter 'count' must be a whole number"),
        ("rate=NaN", "Parameter 'rate' must be a number"),
        ("fast=maybe", "Parameter 'fast' must be true or false, not \"maybe\"."),
        ("level=mid", "Parameter 'level' must be one of low, high, 3, not \"mid\"."),
        ("tags=a,b", "Parameter 'tags' must be a list in JSON"),
        ("point=1", "Parameter 'point' must be an object in JSON"),
    ],
)
def test_a_wrong_word_is_named(word: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_words(SCHEMA, [word])
    assert str(caught.value).startswith(said)
    assert caught.value.exit_code == 2


def test_a_word_given_twice() -> None:
    with pytest.raises(BadInput, match="'name' is given twice"):
        read_words(SCHEMA, ["name=a", "name=b"])


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "Parameter 'day' is missing: a date such as 2026-01-31. Add day=…"),
        ({"day": "2026-01-31", "cuont": 1}, "The workflow has no parameter 'cuont'. Did you mean"),
        ({"day": 5}, "Parameter 'day' must be a date such as 2026-01-31, not 5."),
        ({"day": "2026-01-31", "count": 0}, "Parameter 'count' must be at least 1, not 0."),
        ({"day": "2026-01-31", "tags": ["a", 1]}, "Parameter 'tags[1]' must be text, not 1."),
        ({"day": "2026-01-31", "point": {"x": 1, "z": 2}}, "Parameter 'point' must be an object w"),
        ({"day": "2026-01-31", "point": {"x": "a"}}, "Parameter 'point.x' must be a number, not"),
        ({"day": "2026-01-31", "point": {}}, "Parameter 'point' must be an object with the key"),
        ({"day": "2026-01-31", "pair": [1, "a", 2]}, "Parameter 'pair' must be a list of 2 items"),
        ({"day": "2026-01-31", "limit": []}, "Parameter 'limit' must be text or a whole number or"),
    ],
)
def test_parameters_are_judged_whole(params: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(SCHEMA, params)
    assert str(caught.value).startswith(said)


def test_parameters_that_fit() -> None:
    check(SCHEMA, {"day": "2026-01-31", "point": {"x": 1}, "pair": [1, "a"], "count": 3})


def test_a_workflow_without_parameters_says_so() -> None:
    with pytest.raises(BadInput, match="has no parameter 'a'. It takes none."):
        check({"type": "object", "properties": {}}, {"a": 1})


def test_keyword_arguments_of_any_name_pass() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": {}}
    assert read_words(schema, ["a=1"]) == {"a": 1}
    check(schema, {"a": 1})


def test_the_policy_is_the_codes_with_the_files_queue_and_priority() -> None:
    described = {
        "default": "b",
        "workflows": [
            {"name": "a", "policy": {"retries": 9}},
            {"name": "b", "policy": {"retries": 2, "queue": "cpu", "unknown": 1}},
        ],
    }
    assert main_workflow(described)["name"] == "b"
    policy = body_policy(described, {"queue": "gpu", "priority": None})
    assert (policy.retries, policy.queue, policy.priority) == (2, "gpu", 0)


def test_the_queue_that_the_code_names_holds_until_salt_yaml_names_another() -> None:
    described = {
        "default": "wf",
        "workflows": [{"name": "wf", "policy": {"queue": "gpu", "priority": 5}}],
    }
    silent = Settings().model_dump(mode="json")
    assert body_policy(described, silent) == Policy(queue="gpu", priority=5)
    said = Settings(queue="big", priority=0).model_dump(mode="json")
    assert body_policy(described, said) == Policy(queue="big", priority=0)


def test_data_is_taken_from_a_caller_and_not_typed_in() -> None:
    data = {"type": "object", "format": "data", "required": ["codec"]}
    schema = {"properties": {"file": data, "content": {"anyOf": [{"type": "string"}, data]}}}
    reference = {"$data": "0" * 64, "size": 1, "codec": "file"}
    check(schema, {"file": reference, "content": reference})
    assert read_words(schema, ["content=aGk="]) == {"content": "aGk="}
    says = "'file' must be data that a task or a calling workflow made; it cannot be typed in"
    with pytest.raises(BadInput, match=says):
        read_words(schema, ["file=in.csv"])
    with pytest.raises(BadInput, match=says):
        check(schema, {"file": "in.csv"})
