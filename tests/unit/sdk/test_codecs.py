"""Values that are bytes: data files, File, numpy, frames, and codecs of one's own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Union

import pytest

from salt_sdk import (
    BadInput,
    DataUnavailable,
    File,
    NotSendable,
    codec,
    task,
    workflow,
)
from salt_sdk import _codecs as codecs
from salt_sdk import _codecs_frames as frames
from salt_sdk import _data as data_files
from salt_sdk._command import self_contained
from salt_sdk._decode import decode, loads
from salt_sdk._encode import dumps
from salt_sdk._execute import execute
from salt_sdk._schema import params_schema

LARGE = bytes(range(256)) * 200


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for data files, and codecs of one test only."""
    made = data_files._Place()
    made.folder = str(tmp_path / "files")
    os.mkdir(made.folder)
    monkeypatch.setattr(data_files, "_place", made)
    before = dict(codecs._registered)
    yield tmp_path / "files"
    codecs._registered.clear()
    codecs._registered.update(before)
    codecs._known.clear()


def written(value: Any) -> Any:
    """The JSON of a value, and the data files that were made for it."""
    made: List[str] = []
    return json.loads(dumps(value, data=made)), made


def there_and_back(hint: Any, value: Any) -> Any:
    return decode(hint, loads(dumps(value, data=[])))


def files_in(folder: Path) -> List[str]:
    return sorted(os.listdir(folder))


def test_many_bytes_are_a_file_and_few_are_in_the_json(place: Path) -> None:
    tree, made = written({"few": b"abc", "many": LARGE, "again": bytearray(LARGE)})
    sha = hashlib.sha256(LARGE).hexdigest()
    reference = {"$data": sha, "size": len(LARGE), "codec": "bytes"}
    assert tree == {"few": "YWJj", "many": reference, "again": reference}
    assert made == [sha]
    assert files_in(place) == [sha]
    assert (place / sha).read_bytes() == LARGE


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (bytes, LARGE),
        (bytes, LARGE[: data_files.INLINE_LIMIT]),
        (bytes, LARGE[: data_files.INLINE_LIMIT - 1]),
        (bytearray, bytearray(LARGE)),
        (Optional[bytes], LARGE),
        (Union[int, bytes, str], LARGE),
        (Any, LARGE),
        (List[Any], [1, {"a": LARGE}]),
        (Dict[str, bytes], {"a": LARGE, "b": b""}),
        (dict, {"a": [LARGE]}),
        (list, [LARGE]),
    ],
)
def test_bytes_come_back(hint: Any, value: Any) -> None:
    found = there_and_back(hint, value)
    assert found == value and type(found) is type(value)


def test_a_view_that_is_not_one_piece_is_written_whole() -> None:
    assert there_and_back(bytes, memoryview(LARGE)[::2]) == LARGE[::2]


def test_where_nobody_takes_the_files_all_is_in_the_json(place: Path) -> None:
    assert json.loads(dumps(LARGE)) == base64.b64encode(LARGE).decode()
    assert files_in(place) == []
    data_files.serve_from(None, lambda sha: "")
    data_files._place.folder = None
    assert written(LARGE) == (base64.b64encode(LARGE).decode(), [])


def test_a_file_travels_with_its_name_and_is_not_read_before_it_is_asked_for(
    tmp_path: Path, place: Path
) -> None:
    source = tmp_path / "report.csv"
    source.write_bytes(LARGE)
    text = dumps([File(source)], data=[])
    source.unlink()
    (stored,) = files_in(place)
    os.rename(place / stored, tmp_path / "elsewhere")
    asked: List[str] = []

    def fetch(sha: str) -> str:
        asked.append(sha)
        return str(tmp_path / "elsewhere")

    data_files.serve_from(str(place), fetch)
    (found,) = decode(List[File], loads(text))
    assert (found.name, found.size, asked) == ("report.csv", len(LARGE), [])
    made: List[str] = []
    assert dumps([found], data=made) == text, "passing it on needs no bytes"
    assert (made, asked) == ([], [])
    with found.open() as file:
        assert file.read(3) == LARGE[:3]
    assert asked == [stored]
    assert found.path == tmp_path / "elsewhere"
    assert found.read_bytes() == LARGE
    assert Path(found).read_bytes() == LARGE


def test_a_small_file_is_in_the_json(tmp_path: Path, place: Path) -> None:
    source = tmp_path / "small.txt"
    source.write_bytes(b"hello")
    tree, made = written(File(source))
    assert (tree, made) == ({"$bytes": "aGVsbG8=", "codec": "file", "name": "small.txt"}, [])
    found = decode(File, loads(json.dumps(tree)))
    assert (found.read_bytes(), found.size, found.name) == (b"hello", 5, "small.txt")
    assert found.path.read_bytes() == b"hello"
    assert decode(bytes, loads(json.dumps(tree))) == b"hello"
    assert isinstance(decode(Any, loads(json.dumps(tree))), File)


def test_a_file_that_is_not_there_is_told(place: Path) -> None:
    with pytest.raises(NotSendable, match=r"^\['f'\]: File\('.*gone'\) cannot be read: No such"):
        dumps({"f": File("gone")}, data=[])
    assert files_in(place) == []
    with pytest.raises(BadInput, match="a file that a task .* made; it cannot be typed in, got 'x"):
        decode(File, "x.csv")


def test_what_was_begun_and_failed_leaves_no_file(tmp_path: Path, place: Path) -> None:
    class Odd: ...

    def encode(sink: Any) -> None:
        sink.write(LARGE)
        raise OSError("no space")

    form = codecs.Written("odd", encode, {})
    known = codecs.Codec("odd", Odd, lambda value: form, lambda given, wanted: given)
    codecs._registered[Odd] = known
    codecs._known.clear()
    with pytest.raises(OSError, match="no space"):
        dumps([Odd()], data=[])
    assert files_in(place) == []


def test_data_that_is_not_here_is_told(place: Path) -> None:
    tree = {"$data": "0" * 64, "size": 99, "codec": "bytes"}
    with pytest.raises(BadInput, match="its data file 000000000000 is not on this machine"):
        decode(bytes, loads(json.dumps(tree)))

    def fetch(sha: str) -> str:
        raise DataUnavailable("the blob store does not answer")

    data_files.serve_from(str(place), fetch)
    with pytest.raises(DataUnavailable, match="the blob store does not answer"):
        decode(bytes, loads(json.dumps(tree)))


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ({"$data": "../../etc/passwd", "size": 1, "codec": "bytes"}, "is no sha256"),
        ({"$data": "0" * 64, "codec": "bytes"}, "is no sha256 with a size"),
        ({"$data": "0" * 64, "size": 1}, "without the name of its codec"),
        ({"$bytes": "é", "codec": "bytes"}, "is no base64"),
        ({"$bytes": "", "codec": "unheard"}, "no codec 'unheard' is declared here"),
    ],
)
def test_references_that_are_wrong_are_refused(tree: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        decode(Any, loads(json.dumps(tree)))


def test_a_users_own_keys_are_not_references() -> None:
    value = {"$data": "x", "$bytes": {"$ref": 1}}
    assert there_and_back(Any, value) == value


class Model:
    def __init__(self, weights: bytes) -> None:
        self.weights = weights

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and other.weights == self.weights

    def __hash__(self) -> int:
        return hash(self.weights)


class BigModel(Model): ...


class Money:
    def __init__(self, cents: int, currency: str = "EUR") -> None:
        self.cents = cents
        self.currency = currency

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return self.cents


@dataclass
class Order:
    total: Money
    model: Optional[Model] = None


def declare_both() -> None:
    codec(Model, encode=lambda model: model.weights, decode=Model)
    codec(
        Money,
        "money",
        encode=lambda money: {"cents": money.cents, "currency": money.currency},
        decode=lambda tree: Money(**tree),
    )


def test_a_codec_of_ones_own_gives_bytes_or_json(place: Path) -> None:
    declare_both()
    tree, made = written(Order(Money(5), Model(LARGE)))
    assert tree["total"] == {"cents": 5, "currency": "EUR"}
    assert tree["model"]["codec"] == "Model"
    assert made == files_in(place)
    assert there_and_back(Order, Order(Money(5), Model(LARGE))) == Order(Money(5), Model(LARGE))
    assert there_and_back(Any, [Model(b"x")]) == [Model(b"x")], "by the codec's name"
    assert there_and_back(Union[int, Model], Model(LARGE)) == Model(LARGE)
    assert there_and_back(Dict[Money, int], {}) == {}


def test_a_codec_is_that_of_subclasses_too() -> None:
    declare_both()
    tree, _ = written(BigModel(b"x"))
    assert tree == {"$bytes": "eA==", "codec": "Model"}
    assert there_and_back(BigModel, BigModel(b"x")) == Model(b"x")


def test_a_codec_declared_later_is_used_at_once() -> None:
    with pytest.raises(BadInput, match="no JSON can become a Money"):
        decode(Money, {"cents": 1, "currency": "EUR"})
    with pytest.raises(NotSendable, match="Money cannot be sent"):
        dumps(Money(1))
    declare_both()
    assert there_and_back(Money, Money(1)) == Money(1)


def test_what_a_codec_raises_says_where() -> None:
    codec(Money, "money", encode=lambda m: m.nothing, decode=lambda tree: Money(**tree))
    with pytest.raises(NotSendable, match=r"^\[0\]: codec 'money': AttributeError: .*nothing"):
        dumps([Money(1)])
    with pytest.raises(BadInput, match=r"^\[0\]: codec 'money': TypeError: .*euros"):
        decode(List[Money], [{"euros": 1}])
    codec(Money, "money", encode=lambda m: m, decode=lambda tree: tree)
    with pytest.raises(NotSendable, match="encode gave a Money again"):
        dumps(Money(1))
    codec(Model, encode=lambda m: m.weights, decode=Model)
    with pytest.raises(BadInput, match=r"wants a Model \(codec 'Model'\), got 3 bytes of bytes"):
        decode(Model, loads('{"$bytes":"YWJj","codec":"bytes"}'))


def test_pickle_only_where_it_was_asked_for() -> None:
    with pytest.raises(NotSendable, match="Model cannot be sent"):
        dumps(Model(b"x"))
    with pytest.raises(BadInput, match="no codec 'pickle' is declared here"):
        decode(Any, loads('{"$bytes":"gASVAAAAAAAAAAAu","codec":"pickle"}'))
    codec(Model, "pickle")
    tree, _ = written(BigModel(LARGE))
    assert tree["codec"] == "pickle"
    found = there_and_back(Model, BigModel(LARGE))
    assert type(found) is BigModel and found == Model(LARGE)
    with pytest.raises(BadInput, match="wants a BigModel, got"):
        there_and_back(BigModel, Model(b"x"))
    with pytest.raises(BadInput, match="codec 'pickle': "):
        decode(Model, loads('{"$bytes":"YWJj","codec":"pickle"}'))
    with pytest.raises(BadInput, match=r"wants a Model \(codec 'pickle'\), got 3"):
        decode(Model, 3)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: codec(3, "x"), TypeError, "a codec is for a class"),  # type: ignore[arg-type]
        (lambda: codec(dict, "pickle"), TypeError, "JSON has no need of it"),
        (lambda: codec(Model, "x", encode=bytes), TypeError, "needs both encode= and decode="),
        (lambda: codec(Model), TypeError, "needs both"),
        (lambda: codec(Model, "npy", encode=bytes, decode=Model), ValueError, "is built in"),
    ],
)
def test_a_codec_that_is_declared_wrong_is_refused(make: Any, error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        make()


def test_two_types_cannot_share_a_name() -> None:
    declare_both()
    with pytest.raises(ValueError, match="Money has a codec of the name 'money'"):
        codec(Model, "money", encode=bytes, decode=Model)


def test_a_key_of_bytes_stays_in_the_json() -> None:
    codec(Model, encode=lambda m: m.weights, decode=Model)
    assert there_and_back(Dict[bytes, int], {LARGE: 1}) == {LARGE: 1}
    with pytest.raises(NotSendable, match="Model cannot be a key"):
        dumps({Model(b"x"): 1})


def test_a_tasks_outcome_lists_its_files(place: Path) -> None:
    @task
    def makes(size: int) -> List[bytes]:
        return [bytes(size), b"small"]

    done = execute(makes, '{"args":[40000]}', {})
    assert done.data == files_in(place)
    assert execute(makes, '{"args":[10]}', {}).data == []


def test_values_pass_through_a_run_with_no_service(tmp_path: Path) -> None:
    source = tmp_path / "in.bin"
    source.write_bytes(LARGE)

    @task
    def load(path: str) -> File:
        return File(path)

    @task
    def double(file: File) -> bytes:
        return file.read_bytes() * 2

    @task
    def size(content: bytes) -> int:
        return len(content)

    @workflow
    def sizes(path: str) -> List[int]:
        file = load.submit(path)
        sizes = [size.submit(double.submit(file)), size.submit(file)]
        return [*(one.result() for one in sizes), load(path).size]

    assert sizes(str(source)) == [len(LARGE) * 2, len(LARGE), len(LARGE)]


def test_an_answer_for_who_cannot_fetch_holds_its_bytes(place: Path) -> None:
    declare_both()
    text = dumps({"a": LARGE, "b": Model(LARGE), "c": {"$data": 1}}, data=[])
    for name in files_in(place):
        assert name in text
    whole = self_contained(text)
    for name in files_in(place):
        (place / name).unlink()
    found = decode(Dict[str, Any], loads(whole))
    assert found == {"a": base64.b64encode(LARGE).decode(), "b": Model(LARGE), "c": {"$data": 1}}


def test_schemas_say_what_cannot_be_typed_in() -> None:
    declare_both()

    @workflow
    def takes(file: File, some: bytes, own: Money, many: List[File]) -> None: ...

    schema = params_schema(takes.signature)["properties"]
    assert (schema["file"]["type"], schema["file"]["format"]) == ("object", "data")
    assert schema["some"]["anyOf"][0] == {"type": "string", "contentEncoding": "base64"}
    assert schema["many"]["items"] == schema["file"]
    assert schema["own"] == {}


def test_large_bytes_are_never_in_memory_twice(tmp_path: Path) -> None:
    """A file not even once; 256 MB of either may take 26 MB more."""
    source = tmp_path / "large"
    with source.open("wb") as file:
        file.truncate(256 << 20)
    code = (
        "import json, resource, sys\n"
        "from salt_sdk import File\n"
        "from salt_sdk._encode import dumps\n"
        "value = File(sys.argv[1]) if sys.argv[2] == 'file' else bytes(256 << 20)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "made = []\n"
        "tree = json.loads(dumps([value], data=made))[0]\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(json.dumps([tree['size'], tree['$data'] == made[0], after - before]))\n"
    )
    for kind in ("file", "bytes"):
        out = subprocess.run(
            [sys.executable, "-c", code, str(source), kind],
            check=True,
            capture_output=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        ).stdout
        size, named, grown = json.loads(out)
        assert (size, named) == (256 << 20, True)
        assert grown * (1024 if sys.platform != "darwin" else 1) < 26 << 20


class _Frame:
    """Looks like a pandas frame to who goes by names."""

    columns = ("a",)


_Frame.__name__ = "DataFrame"
_Frame.__module__ = "pandas.core.frame"


def test_without_an_engine_for_parquet_pyproject_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_has", lambda library: False)
    with pytest.raises(
        NotSendable, match=r"^\['f'\]: a pandas.DataFrame cannot be sent: .*pyarrow"
    ):
        dumps({"f": _Frame()})
    with pytest.raises(NotSendable, match="dependencies in pyproject.toml"):
        dumps(_Frame())
    with pytest.raises(BadInput, match="cannot be read without pandas, polars or pyarrow"):
        decode(Any, loads('{"$bytes":"YWJj","codec":"parquet"}'))


def test_what_a_frame_cannot_be_read_from_is_told() -> None:
    with pytest.raises(BadInput, match="wants a frame of data that a task .* made, got 'x.csv'"):
        decode(_Frame, "x.csv")


def test_numpy_arrays_come_back_as_they_were() -> None:
    numpy = pytest.importorskip("numpy")
    arrays = [
        numpy.arange(3),
        numpy.zeros((200, 300), dtype="f4", order="F"),
        numpy.arange(100_000)[::2],
        numpy.array(["a", "bb"]),
        numpy.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        numpy.array("2026-01-01", dtype="M8[D]"),
    ]
    for array in arrays:
        for hint in (numpy.ndarray, Any, Optional[numpy.ndarray]):
            found = there_and_back(hint, array)
            assert numpy.array_equal(found, array)
            assert (found.dtype, found.shape) == (array.dtype, array.shape)
    with pytest.raises(NotSendable, match=r"^\['a'\]\[0\]: an array of Python objects"):
        dumps({"a": [numpy.array([object()])]})
    with pytest.raises(NotSendable, match="a masked array cannot be sent"):
        dumps(numpy.ma.array([1, 2], mask=[0, 1]))
    with pytest.raises(BadInput, match=r"wants a numpy array .* got \[1\]"):
        decode(numpy.ndarray, [1])


def test_frames_of_one_library_are_read_by_another() -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    rows = list(range(20_000))
    made = [
        pandas.DataFrame({"a": rows}),
        polars.DataFrame({"a": rows}),
        pyarrow.table({"a": rows}),
    ]
    for frame in made:
        for library in (pandas.DataFrame, polars.DataFrame, pyarrow.Table):
            found = there_and_back(library, frame)
            assert isinstance(found, library) and found.shape == (20_000, 1)
        assert type(there_and_back(Any, frame)) is type(frame)
    indexed = made[0].set_index(pandas.Index(rows, name="k"))
    pandas.testing.assert_frame_equal(there_and_back(pandas.DataFrame, indexed), indexed)
    with pytest.raises(NotSendable, match="a pandas.DataFrame that Parquet cannot hold: "):
        dumps(pandas.DataFrame({"a": [1, "x"]}))
    with pytest.raises(NotSendable, match=r"what its to_frame\(\) gives can"):
        dumps(pandas.Series([1]))
