"""numpy's arrays as npy files, never with pickled objects in them."""

from __future__ import annotations

from typing import Any, Callable

from salt_sdk._data import Data, Sink
from salt_sdk._errors import NotSendable
from salt_sdk._scalars import wants


def writer(array: Any) -> Callable[[Sink], None]:
    """What writes an array.

    Raises:
        NotSendable: It holds Python objects, or a mask, which npy does not keep.
    """
    import numpy

    if isinstance(array, numpy.ma.MaskedArray):
        raise NotSendable("a masked array cannot be sent; send its filled() data, and its mask")
    if array.dtype.hasobject:
        raise NotSendable(
            f"an array of Python objects (dtype {array.dtype}) cannot be sent; "
            "give it a dtype such as float or 'U20', or send its tolist()"
        )

    def write(sink: Sink) -> None:
        numpy.lib.format.write_array(sink, numpy.asarray(array), allow_pickle=False)

    return write


def read(data: Any, wanted: Any) -> Any:
    """The array; ``wanted``: the class that is asked for.

    Raises:
        BadInput: It is none.
    """
    if not isinstance(data, Data) or data.codec != "npy":
        raise wants("a numpy array that a task or a calling workflow made", data)
    import numpy

    with data.open() as file:
        return numpy.lib.format.read_array(file, allow_pickle=False)
