"""Parameters as JSON Schema, and parameters on the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Dict, List, NamedTuple, Optional, Set, Tuple, Union

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.unit.sdk.test_values import TYPED

from salt_sdk import workflow
from salt_sdk._command import parameter
from salt_sdk._encode import dumps
from salt_sdk._errors import BadInput
from salt_sdk._schema import _Schemas, params_schema, returns_schema


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Line:
    """One line of an order.

    More that is not shown.
    """

    item: str
    count: int = 1
    tags: List[str] = field(default_factory=list)
    parts: List[Line] = field(default_factory=list)


class Point(NamedTuple):
    x: int
    y: int


@workflow
def shop(
    day: Annotated[date, "the day to look at"],
    lines: List[Line],
    size: Size = Size.SMALL,
    at: Optional[Point] = None,
    wait: timedelta = timedelta(minutes=1),
    folder: Path = Path("a"),
    odd: Any = object(),  # noqa: B008
    tags: Set[str] = frozenset(),  # type: ignore[assignment]
    **more: Dict[str, int],
) -> Tuple[int, str]:
    return 1, "a"


def test_parameters_with_their_defaults_and_descriptions() -> None:
    schema = params_schema(shop.signature)
    Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["day", "lines"]
    assert schema["properties"] == {
        "day": {"type": "string", "format": "date", "description": "the day to look at"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "size": {"$ref": "#/$defs/Size", "default": "s"},
        "at": {
            "anyOf": [
                {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "prefixItems": [
                        {"title": "x", "type": "integer"},
                        {"title": "y", "type": "integer"},
                    ],
                },
                {"type": "null"},
            ],
            "default": None,
        },
        "wait": {"type": ["string", "number"], "format": "duration", "default": "P0DT60S"},
        "folder": {"type": "string", "format": "path", "default": "a"},
        "odd": {},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "default": []},
    }
    assert schema["additionalProperties"]["additionalProperties"] == {"type": "integer"}
    line = schema["$defs"]["Line"]
    assert line["description"] == "One line of an order."
    assert line["required"] == ["item"]
    assert line["properties"]["count"] == {"type": "integer", "default": 1}
    assert line["properties"]["parts"] == {"type": "array", "items": {"$ref": "#/$defs/Line"}}
    assert returns_schema(shop.signature)["maxItems"] == 2


def test_a_parameter_that_no_json_can_become_is_refused() -> None:
    @workflow
    def wrong(handle: type(open)) -> None: ...  # type: ignore[valid-type]

    with pytest.raises(BadInput, match="no JSON can become"):
        params_schema(wrong.signature)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_value_fits_the_schema_of_its_type(data: st.DataObject) -> None:
    hint, values = data.draw(TYPED)
    tree = json.loads(dumps(data.draw(values)))
    made = _Schemas()
    schema = {**made.of(hint), "$defs": made.definitions}
    Draft202012Validator.check_schema(schema)
    if '"NaN"' not in json.dumps(tree) and 'Infinity"' not in json.dumps(tree):
        Draft202012Validator(schema).validate(tree)


@pytest.mark.parametrize(
    ("hint", "text", "tree"),
    [
        (int, "5", 5),
        (int, "five", "five"),
        (str, "5", "5"),
        (str, "null", "null"),
        (str, '"quoted"', "quoted"),
        (Optional[str], "null", None),
        (Optional[int], "5", 5),
        (bool, "true", True),
        (date, "2026-01-31", "2026-01-31"),
        (Path, "a b", "a b"),
        (List[int], "[1, 2]", [1, 2]),
        (List[int], "1", "1"),
        (Union[int, str], "5", 5),
        (Union[int, str], "5x", "5x"),
        (Any, "5", 5),
        (Any, "five", "five"),
        (Any, '{"a": 1}', {"a": 1}),
        (Line, '{"item": "x"}', {"item": "x"}),
    ],
)
def test_a_parameter_on_the_command_line_is_json_if_that_fits_else_text(
    hint: Any, text: str, tree: Any
) -> None:
    @workflow
    def takes(value) -> None: ...  # type: ignore[no-untyped-def]

    takes.signature.hints["value"] = hint
    assert parameter(takes, "value", text) == tree
