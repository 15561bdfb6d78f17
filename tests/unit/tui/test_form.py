"""A form's fields, what is typed into them, and the command line that says the same."""

from __future__ import annotations

import json
import shlex

import pytest

from salt_core.parameters import read_words
from salt_tui.formfields import as_text, as_words, fields, judge, typed

SCHEMA = {
    "type": "object",
    "properties": {
        "year": {"type": "integer", "minimum": 1900},
        "city": {"type": "string", "default": "Rome", "description": "Where."},
        "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        "loud": {"type": "boolean", "default": False},
        "mode": {"enum": ["fast", "good"], "default": "good"},
        "limits": {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "required": ["a"],
            "default": None,
        },
    },
    "required": ["year"],
    "additionalProperties": False,
}


def test_each_parameter_is_a_field() -> None:
    by_name = {field.name: field for field in fields(SCHEMA)}
    assert list(by_name) == ["year", "city", "tags", "loud", "mode", "limits"]
    assert by_name["year"].required
    assert by_name["year"].wants == "a whole number"
    assert by_name["city"].default == "Rome"
    assert by_name["city"].about == "Where."
    assert by_name["tags"].default == "[]"
    assert by_name["loud"].choices == ("true", "false")
    assert by_name["mode"].choices == ("fast", "good")
    assert fields({}) == []


def test_what_is_right_becomes_parameters() -> None:
    texts = {"year": "2015", "city": "San Jose", "tags": '["a"]', "loud": "true", "mode": "",
             "limits": '{"a": 1}'}  # fmt: skip
    judged = judge(SCHEMA, texts)
    assert judged.problems == {}
    assert judged.params == {
        "year": 2015, "city": "San Jose", "tags": ["a"], "loud": True, "limits": {"a": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("year", "", "needed"),
        ("year", "2O15", "whole number"),
        ("year", "1800", "at least 1900"),
        ("tags", "a", "list"),
        ("tags", "[1]", "text"),
        ("loud", "yes", "true or false"),
        ("mode", "slow", "one of fast, good"),
        ("limits", '{"a": "x"}', "whole number"),
        ("limits", "{}", "key 'a'"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(name: str, text: str, words: str) -> None:
    judged = judge(SCHEMA, {"year": "2015", name: text})
    assert judged.params is None
    assert list(judged.problems) == [name]
    assert words in judged.problems[name]


def test_an_empty_field_is_left_out_and_empty_text_is_written_with_quotes() -> None:
    assert judge(SCHEMA, {"year": "2015", "city": ""}).params == {"year": 2015}
    assert judge(SCHEMA, {"year": "2015", "city": '""'}).params == {"year": 2015, "city": ""}
    assert as_text("") == '""'


@pytest.mark.parametrize(
    "params",
    [
        {"year": 2015, "city": "San Jose"},
        {"year": 1999, "city": "", "tags": ["a b", "ö\"'"], "loud": False},
        {"year": 1999, "city": "$(rm -rf ~)", "limits": {"a": 3}},
    ],
)
def test_parameters_can_be_typed_again_in_the_form_and_in_a_shell(
    params: dict[str, object],
) -> None:
    assert judge(SCHEMA, typed(params, SCHEMA)).params == params
    assert read_words(SCHEMA, shlex.split(as_words(params))) == params
    json.dumps(params)
