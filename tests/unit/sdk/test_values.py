"""Values as JSON and back, typed by annotations."""

from __future__ import annotations

import collections
import dataclasses
import enum
import json
import math
import os
import sys
import typing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import (
    Any,
    Dict,
    FrozenSet,
    Generic,
    List,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Set,
    Tuple,
    TypedDict,
    TypeVar,
    Union,
)
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salt_sdk._decode import decode, loads
from salt_sdk._encode import dumps
from salt_sdk._errors import BadInput, NotSendable

T = TypeVar("T")
K = TypeVar("K")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: int
    y: float = 0.5


class Options(TypedDict):
    name: str
    when: date


class Loose(TypedDict, total=False):
    a: int
    b: List[int]


@dataclass(frozen=True)
class Leaf:
    when: date
    colour: Colour = Colour.RED


@dataclass
class Tree:
    leaf: Leaf
    kids: List[Tree] = field(default_factory=list)
    note: Optional[str] = None
    by_id: Dict[int, Leaf] = field(default_factory=dict)


@dataclass
class Box(Generic[T]):
    inside: T
    more: List[Box[T]] = field(default_factory=list)


@dataclass
class Pair(Generic[K, T]):
    key: K
    value: T


@dataclass
class DateBox(Box[date]):
    label: str = ""


@dataclass
class Derived:
    side: int
    area: int = field(init=False)

    def __post_init__(self) -> None:
        if self.side < 0:
            raise ValueError("a side is not negative")
        self.area = self.side**2


UserId = NewType("UserId", int)


def there_and_back(hint: Any, value: Any) -> Any:
    text = dumps(value)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    text.encode()
    return decode(hint, loads(text))


def same(one: Any, other: Any) -> bool:
    """Equal, of one type, and NaN equals NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, Decimal) and one.is_nan():
        return bool(other.is_nan())
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return all(
            same(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one)
        )
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


TEXT = st.text(st.characters())  # lone surrogates too
WHEN = st.datetimes(timezones=st.sampled_from([None, timezone.utc, timezone(timedelta(hours=-5))]))

SCALARS: List[Tuple[Any, st.SearchStrategy[Any]]] = [
    (type(None), st.none()),
    (bool, st.booleans()),
    (int, st.integers()),
    (float, st.floats()),
    (str, TEXT),
    (bytes, st.binary()),
    (bytearray, st.binary().map(bytearray)),
    (date, st.dates()),
    (datetime, WHEN),
    (time, st.times()),
    (timedelta, st.timedeltas()),
    (Decimal, st.decimals()),
    (UUID, st.uuids()),
    (Path, TEXT.filter(lambda text: "\0" not in text).map(Path)),
    (PurePosixPath, st.just(PurePosixPath("a/b"))),
    (Colour, st.sampled_from(Colour)),
    (Level, st.sampled_from(Level)),
    (Access, st.sampled_from([Access.READ, Access.WRITE, Access.READ | Access.WRITE])),
    (Literal["a", 1, None], st.sampled_from(["a", 1, None])),
    (UserId, st.integers()),
]

KEYS = {int, str, bool, date, datetime, UUID, Colour, Level, Decimal, timedelta, float}


def of(generic: Any, *hints: Any) -> Any:
    """``generic[hints]``, out of a type checker's sight."""
    return generic[hints if len(hints) > 1 else hints[0]]


def containers(inner: Tuple[Any, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    hint, values = inner
    made = [
        (of(List, hint), st.lists(values, max_size=4)),
        (of(Tuple, hint, ...), st.lists(values, max_size=4).map(tuple)),
        (of(Tuple, hint, int), st.tuples(values, st.integers())),
        (of(Dict, str, hint), st.dictionaries(TEXT, values, max_size=4)),
        (of(Box, hint), st.builds(Box, values)),
        (of(Pair, str, hint), st.builds(Pair, TEXT, values)),
        (of(typing.Annotated, hint, "about it"), values),
    ]
    if hint is not type(None):
        made.append((of(Optional, hint), st.none() | values))
    if hint in KEYS:
        hashable = values
        if hint is float:
            hashable = values.filter(lambda v: not math.isnan(v))
        if hint is Decimal:
            hashable = values.filter(lambda v: not v.is_nan() and v == v.normalize())
        made.append((of(Dict, hint, int), st.dictionaries(hashable, st.integers(), max_size=4)))
        made.append((of(Set, hint), st.sets(hashable, max_size=4)))
        made.append((of(FrozenSet, hint), st.frozensets(hashable, max_size=4)))
    return st.sampled_from(made)


TYPED = st.sampled_from(SCALARS) | st.sampled_from(SCALARS).flatmap(containers)
TYPED = TYPED | st.sampled_from(SCALARS).flatmap(containers).flatmap(containers)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_typed_value_comes_back_as_it_was(data: st.DataObject) -> None:
    hint, values = data.draw(TYPED)
    value = data.draw(values)
    assert same(there_and_back(hint, value), value)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT | st.just("$ref") | st.just("$$"), inner),
)


@settings(max_examples=200, deadline=None)
@given(PLAIN)
def test_plain_json_without_annotation_comes_back_as_it_was(value: Any) -> None:
    assert same(there_and_back(Any, value), value)


TREE = Tree(
    Leaf(date(2026, 1, 31), Colour.BLUE),
    [Tree(Leaf(date(2026, 2, 1)))],
    "a note",
    {7: Leaf(date(2026, 2, 2))},
)


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (Tree, TREE),
        (List[Tree], [TREE, TREE]),
        (Box[Box[date]], Box(Box(date(2026, 1, 1)), [Box(Box(date(2026, 1, 2)))])),
        (DateBox, DateBox(date(2026, 1, 1), [], "x")),
        (Derived, Derived(3)),
        (Point, Point(1)),
        (List[Point], [Point(1, 2.0)]),
        (Options, {"name": "n", "when": date(2026, 1, 1)}),
        (Loose, {"b": [1]}),
        (Dict[Tuple[int, date], int], {(1, date(2026, 1, 1)): 2}),
        (Dict[Optional[int], str], {None: "a", 1: "b"}),
        (Dict[Any, Any], {"1": 1}),
        (Union[Leaf, Point], Leaf(date(2026, 1, 1))),
        (Union[int, float, str, None], 1.5),
        (Union[int, float], 1),
        (Union[date, str], "not a date"),
        (Union[List[int], Dict[str, int]], {"a": 1}),
        (Union[Tree, Leaf], Leaf(date(2026, 1, 1))),
        (collections.deque, collections.deque([1, 2])),
        (typing.Deque[date], collections.deque([date(2026, 1, 1)])),
        (typing.Counter[str], collections.Counter("aab")),
        (typing.OrderedDict[str, date], collections.OrderedDict(a=date(2026, 1, 1))),
        (Any, [None, {"a": [1.5]}]),
        (object, {"a": 1}),
        (list, [1, "a"]),
        (dict, {"a": 1}),
        (tuple, (1, 2)),
        (Tuple[()], ()),
    ],
)
def test_classes_and_containers(hint: Any, value: Any) -> None:
    assert same(there_and_back(hint, value), value)


def test_abstract_containers_become_plain_ones() -> None:
    assert there_and_back(typing.Sequence[int], (1, 2)) == [1, 2]
    assert there_and_back(typing.Mapping[int, str], {1: "a"}) == {1: "a"}
    assert there_and_back(typing.AbstractSet[int], {1}) == {1}
    assert there_and_back(typing.Iterable[date], [date(2026, 1, 1)]) == [date(2026, 1, 1)]


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_has_not_travel_as_strings(name: str) -> None:
    assert dumps([float(name)]) == f'["{name}"]'
    assert same(there_and_back(List[float], [float(name)]), [float(name)])


def test_sets_are_always_written_the_same() -> None:
    assert dumps({"b", "a", "c"}) == '["a","b","c"]'
    assert dumps({3, 1, 2}) == "[1,2,3]"


def test_keys_that_begin_with_a_dollar_are_escaped() -> None:
    assert dumps({"$ref": 1, "$$": 2, "a$": 3}) == '{"$$ref":1,"$$$":2,"a$":3}'
    assert loads('{"$$ref":1,"$$$":2}') == {"$ref": 1, "$$": 2}
    assert loads('{"\\u0024\\u0024ref":1}') == {"$ref": 1}


def test_references_are_replaced_and_results_keep_their_own_dollars() -> None:
    text = '{"a":[{"$ref":3}],"b":{"$$ref":3}}'
    assert loads(text, {3: '{"$$ref":9}'}) == {"a": [{"$ref": 9}], "b": {"$ref": 3}}
    with pytest.raises(BadInput, match="call 4"):
        loads('{"$ref":4}', {3: "1"})


def test_names_of_odd_files_survive() -> None:
    path = Path(os.fsdecode(b"caf\xe9"))
    assert there_and_back(Path, path) == path


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            {"a": [1, {"b": object()}]},
            r"\['a'\]\[1\]\['b'\]: a value of type object cannot be sent",
        ),
        (Leaf(open), r"when: .* builtin_function_or_method"),  # type: ignore[arg-type]
        ((i for i in range(3)), "generator"),
        (1j, "complex"),
        ({1: "a", "1": "b"}, "two keys are written as '1'"),
        (Leaf, "type"),
        ({("a", open): 1}, r"key .*: .*builtin"),
    ],
)
def test_what_cannot_be_sent_is_named_with_its_place_and_type(value: Any, says: str) -> None:
    with pytest.raises(NotSendable, match=says):
        dumps(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: List[Any] = []
    value.append(value)
    with pytest.raises(NotSendable, match="contains itself"):
        dumps(value)


@pytest.mark.parametrize(
    ("hint", "tree", "says"),
    [
        (int, "1", "a whole number, got '1'"),
        (int, True, "a whole number, got True"),
        (int, 1.5, "a whole number"),
        (bool, 1, "true or false"),
        (float, "1", "a number"),
        (str, 1, "a string"),
        (date, "31st", "a date such as"),
        (datetime, 1, "a moment such as"),
        (UUID, "x", "a UUID"),
        (bytes, "é", "base64"),
        (Decimal, "x", "decimal"),
        (timedelta, "soon", "duration"),
        (type(None), 0, "null"),
        (Colour, "green", "one of 'red', 'blue'"),
        (Literal["a", 1], True, "one of 'a', 1"),
        (List[int], {"a": 1}, "a list"),
        (List[int], [1, "x"], r"^\[1\]: wants a whole number"),
        (Dict[str, List[int]], {"a": [1, None]}, r"^\['a'\]\[1\]: wants a whole number"),
        (Dict[int, int], {"x": 1}, r"\['x'\]"),
        (Tuple[int, str], [1], "a list of 2"),
        (Leaf, {}, "Leaf needs when"),
        (Leaf, {"when": "2026-01-01", "wen": 1}, "no field 'wen'"),
        (Tree, {"leaf": {"when": 1}}, "^leaf.when: wants a date"),
        (Options, {"name": "n"}, "Options needs when"),
        (Optional[date], "x", "a date such as"),
        (Union[int, date], "x", "a date"),
        (Union[int, List[int]], "x", r"int or List\[int\], got"),
        (Derived, {"side": -1}, "a side is not negative"),
        (Set[List[int]], [[1]], "unhashable"),
        (type(sys), {}, "no JSON can become a"),
    ],
)
def test_what_does_not_fit_says_what_was_wanted_where(hint: Any, tree: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        decode(hint, tree)


@pytest.mark.parametrize(
    ("hint", "tree", "value"),
    [
        (float, 1, 1.0),
        (int, 2.0, 2),
        (Decimal, 1.5, Decimal("1.5")),
        (timedelta, 90, timedelta(seconds=90)),
        (timedelta, "10m", timedelta(minutes=10)),
        (timedelta, "PT1H30M", timedelta(minutes=90)),
        (timedelta, "-P1DT0.5S", -timedelta(days=1, milliseconds=500)),
        (datetime, "2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=timezone.utc)),
        (datetime, "2026-01-01T00:00:00.5+01:00", None),
        (Point, {"x": 1}, Point(1)),
        (Union[float, str], "NaN", "NaN"),
    ],
)
def test_other_ways_to_write_a_value_are_taken(hint: Any, tree: Any, value: Any) -> None:
    found = decode(hint, tree)
    assert value is None or same(found, value)


def test_numpy_scalars_are_sent_as_their_values() -> None:
    class Scalar:
        shape = ()

        def __init__(self, value: Any) -> None:
            self.value = value

        def item(self) -> Any:
            return self.value

    Scalar.__module__ = "numpy"
    assert (
        dumps([Scalar(3), Scalar(float("nan")), Scalar(date(2026, 1, 1))])
        == '[3,"NaN","2026-01-01"]'
    )
    Scalar.shape = (2,)  # type: ignore[assignment]
    with pytest.raises(NotSendable, match=r"numpy\."):
        dumps(Scalar([1, 2]))


def test_pydantic_models_are_sent_and_read() -> None:
    pydantic = pytest.importorskip("pydantic")

    class Model(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        when: date
        meta: Dict[str, int] = {}

    value = Model(when=date(2026, 1, 1), meta={"$ref": 1})
    assert dumps([value]) == '[{"when":"2026-01-01","meta":{"$$ref":1}}]'
    assert there_and_back(List[Model], [value]) == [value]
    with pytest.raises(BadInput, match=r"\[0\]: .*when"):
        decode(List[Model], [{"when": "x"}])
