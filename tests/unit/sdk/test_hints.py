"""Annotations as strings, on every Python."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Dict, List, Literal, Optional, TypedDict, Union

import pytest

from salt_sdk import _hints
from salt_sdk._classes import required_fields
from salt_sdk._decode import decode
from salt_sdk._errors import BadInput

if TYPE_CHECKING:
    from nowhere import Nothing  # type: ignore[import-not-found]


@dataclass
class Node:
    value: int | None
    rest: dict[str, list[Node | None]] | None = None


class Partly(TypedDict, total=False):
    a: int
    b: int | str


def test_unions_with_a_bar_are_read_on_every_python() -> None:
    def function(a: int | None, b: dict[str, date | list[int]], c: list[str | None]) -> int | str:
        return 0

    hints = _hints.of_function(function)
    assert hints["a"] in (Optional[int], Union[int, None])
    assert decode(hints["b"], {"x": [1], "y": "2026-01-01"}) == {"x": [1], "y": date(2026, 1, 1)}
    assert decode(hints["c"], ["a", None]) == ["a", None]
    assert decode(hints["return"], "x") == "x"


def test_classes_that_hold_themselves() -> None:
    tree = {"value": 1, "rest": {"k": [{"value": None}, None]}}
    assert decode(Node, tree) == Node(1, {"k": [Node(None), None]})


def test_names_of_the_function_around_are_found() -> None:
    @dataclass
    class Local:
        x: int

    def function(a: Local, b: List[Local]) -> Local:
        return a

    hints = _hints.of_function(function, locals())
    assert decode(hints["b"], [{"x": 1}]) == [Local(1)]


def test_a_name_that_exists_for_type_checkers_only_is_a_sentence() -> None:
    def function(a: Nothing) -> None: ...

    with pytest.raises(_hints.Unresolved, match="'Nothing' of function, a .*at run time"):
        _hints.of_function(function)


def test_literal_strings_stay_strings() -> None:
    def function(a: Literal["x", "int"], b: Dict[str, Literal["y"]]) -> Any: ...

    hints = _hints.of_function(function)
    assert decode(hints["a"], "int") == "int"
    with pytest.raises(BadInput):
        decode(hints["b"], {"k": "z"})


def test_keys_of_typed_dicts() -> None:
    assert required_fields(Partly) == []
    assert decode(Partly, {"b": "x"}) == {"b": "x"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="typing.NotRequired came with 3.11")
def test_required_and_not_required_keys_in_string_annotations() -> None:
    source = """
from __future__ import annotations
from typing import TypedDict, NotRequired, Required
class Mixed(TypedDict):
    a: int
    b: NotRequired[int]
class Other(TypedDict, total=False):
    a: Required[int]
    b: int
"""
    import types

    module = types.ModuleType("hints_of_keys")
    sys.modules["hints_of_keys"] = module
    try:
        exec(source, module.__dict__)
        for made in (module.Mixed, module.Other):
            assert required_fields(made) == ["a"]
            assert decode(made, {"a": 1}) == {"a": 1}
            with pytest.raises(BadInput, match="needs a"):
                decode(made, {"b": 1})
    finally:
        del sys.modules["hints_of_keys"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type statements came with 3.12")
def test_type_aliases_and_generic_syntax() -> None:
    space: Dict[str, Any] = {"__name__": __name__}
    exec(
        "from dataclasses import dataclass\n"
        "type Numbers = list[int]\n"
        "@dataclass\nclass Box[T]:\n    inside: T\n",
        space,
    )
    assert decode(space["Numbers"], [1]) == [1]
    with pytest.raises(BadInput):
        decode(space["Numbers"], ["x"])
    assert decode(space["Box"][date], {"inside": "2026-01-01"}).inside == date(2026, 1, 1)
