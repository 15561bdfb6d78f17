"""Frames of pandas, polars and Arrow as Parquet; any of the three reads what another wrote."""

from __future__ import annotations

import importlib.util
import io
from typing import Any, Callable

from salt_sdk._data import Data, Sink
from salt_sdk._errors import BadInput, NotSendable
from salt_sdk._scalars import wants

TYPES = {"pandas": "DataFrame", "polars": "DataFrame", "pyarrow": "Table"}

_NO_ENGINE = (
    'pandas needs an engine for Parquet: add "pyarrow" to dependencies in pyproject.toml and build '
    "again"
)


def writer(library: str, frame: Any) -> Callable[[Sink], None]:
    """What writes a frame.

    Raises:
        NotSendable: Parquet has no form for some column of it.
    """

    def write(sink: Sink) -> None:
        try:
            _WRITERS[library](frame, sink)
        except NotSendable:
            raise
        except Exception as error:
            said = " ".join(str(error).split())[:300]
            raise NotSendable(
                f"a {library}.{TYPES[library]} that Parquet cannot hold: {said}"
            ) from error

    return write


def _has(library: str) -> bool:
    return importlib.util.find_spec(library) is not None


def _write_pandas(frame: Any, sink: Sink) -> None:
    if _has("pyarrow"):
        import pyarrow

        _write_arrow(pyarrow.Table.from_pandas(frame), sink)
    elif _has("fastparquet"):
        content = io.BytesIO()
        content.close = lambda: None  # type: ignore[method-assign]
        frame.to_parquet(content, engine="fastparquet")
        sink.write(content.getbuffer())
    else:
        raise NotSendable(f"a pandas.DataFrame cannot be sent: {_NO_ENGINE}")


def _write_polars(frame: Any, sink: Sink) -> None:
    frame.write_parquet(sink)


def _write_arrow(table: Any, sink: Sink) -> None:
    from pyarrow import parquet

    parquet.write_table(table, sink)


_WRITERS: dict[str, Callable[[Any, Sink], None]] = {
    "pandas": _write_pandas,
    "polars": _write_polars,
    "pyarrow": _write_arrow,
}


def read(library: str, data: Any, wanted: Any) -> Any:
    """The frame, in a library that is here.

    Args:
        library: The one that is asked for.
        wanted: The class that is asked for; ``None``: none is, any other library will do too.

    Raises:
        BadInput: It is no frame, or no library that is here can read it.
    """
    if not isinstance(data, Data) or data.codec != "parquet":
        raise wants("a frame of data that a task or a calling workflow made", data)
    if wanted is None and not (library in TYPES and _has(library)):
        library = next((one for one in TYPES if _has(one)), "")
        if not library:
            raise BadInput("a frame cannot be read without pandas, polars or pyarrow")
    try:
        frame = _READERS[library](data)
    except (BadInput, OSError):
        raise
    except Exception as error:
        raise BadInput(f"Parquet that {library} cannot read: {error}") from error
    return frame if wanted is None or isinstance(frame, wanted) else wanted(frame)


def _read_pandas(data: Data) -> Any:
    import pandas

    if not (_has("pyarrow") or _has("fastparquet")):
        raise BadInput(f"a frame cannot be read: {_NO_ENGINE}")
    return pandas.read_parquet(_source(data))


def _read_polars(data: Data) -> Any:
    import polars

    return polars.read_parquet(_source(data))


def _read_arrow(data: Data) -> Any:
    from pyarrow import parquet

    return parquet.read_table(_source(data))


_READERS: dict[str, Callable[[Data], Any]] = {
    "pandas": _read_pandas,
    "polars": _read_polars,
    "pyarrow": _read_arrow,
}


def _source(data: Data) -> Any:
    """What is small is in memory already; what is large is read from its file."""
    opened = data.open()
    if isinstance(opened, io.BytesIO):
        return opened
    opened.close()
    return data.path()
