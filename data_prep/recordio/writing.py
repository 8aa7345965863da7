"""What both writers share: which tensor an array becomes, its checks, and the sink."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.assembly import Floats, Packed, Tensors, Varints
from data_prep.recordio.runs import Integers
from data_prep.recordio.wire import FLOAT32_TENSOR, FLOAT64_TENSOR, INT32_TENSOR

CHUNK_BYTES: Final = 1 << 20
"""How much is encoded before it goes to the sink: it stays in the processor's cache."""

FLOAT32: Final = np.dtype("<f4")
FLOAT64: Final = np.dtype("<f8")
INT64: Final = np.dtype("<i8")

TENSOR_FIELDS: Final = {FLOAT32: FLOAT32_TENSOR, FLOAT64: FLOAT64_TENSOR, INT64: INT32_TENSOR}
"""The tensor that the SDK writes an array of that type as."""


class Sink(Protocol):
    """Whatever takes bytes: an open file, a socket's file, a hash behind a small class.

    The chunk that it is given is reused: what is needed after the call has to
    be copied. A count that is returned says how many bytes were taken.
    """

    def write(self, data: memoryview, /) -> object:
        """Take the bytes."""
        ...


def write_all(sink: Sink, data: memoryview) -> None:
    """Write all bytes also to a sink that takes them in part, as unbuffered files may."""
    while data:
        taken = sink.write(data)
        if not isinstance(taken, int) or taken >= len(data):
            return
        data = data[taken:]


def tensor_dtype(array: NDArray[Any], what: str) -> np.dtype[Any]:
    """Return the type that an array is encoded from.

    float32, float64 and int64 in the machine's byte order have a tensor each.
    All other numbers, which the SDK refuses, become float32.

    Raises
    ------
    ValueError
        If the array does not hold real numbers.
    """
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{what} are of type {array.dtype}: expected real numbers")
    little = array.dtype.newbyteorder("<")
    return little if array.dtype.isnative and little in TENSOR_FIELDS else FLOAT32


def check_labels(labels: NDArray[Any] | None, records: int) -> None:
    """Refuse labels that are not one for each record.

    Raises
    ------
    ValueError
        If the labels are no vector, or of another length.
    """
    if labels is not None and labels.shape != (records,):
        raise ValueError(f"labels have shape {labels.shape}: expected ({records},)")


def convert(values: NDArray[Any], dtype: np.dtype[Any], what: str) -> NDArray[Any]:
    """Return contiguous values of the type that they are encoded from.

    Raises
    ------
    ValueError
        If a value does not fit: beyond float32, or beyond 32 bits for int64,
        which the format's integer tensor does not hold.
    """
    with refuse_overflow(what):
        converted = np.ascontiguousarray(values, dtype)
    if dtype == INT64 and len(converted):
        lowest, highest = int(converted.min(initial=0)), int(converted.max(initial=0))
        if lowest < -(1 << 31) or highest >= 1 << 31:
            raise ValueError(f"{what} range from {lowest} to {highest}: expected 32-bit integers")
    return converted


@contextmanager
def refuse_overflow(what: str) -> Generator[None]:
    """Turn a conversion of a number that does not fit into a ValueError."""
    try:
        with np.errstate(over="raise"):
            yield
    except FloatingPointError as error:
        raise ValueError(f"{what} hold a number beyond float32") from error


def pack(values: NDArray[Any], dtype: np.dtype[Any], bounds: Integers, what: str) -> Packed:
    """Convert values, and encode ``values[bounds[i]:bounds[i + 1]]`` for record i.

    Raises
    ------
    ValueError
        If a value does not fit, as `convert` says.
    """
    converted = convert(values, dtype, what)
    if dtype == INT64:
        return Varints.of(converted.view(np.uint64), bounds)
    return Floats.of(converted, bounds)


def label_tensors(labels: NDArray[Any] | None, dtype: np.dtype[Any]) -> Tensors | None:
    """Encode the label of each record, if there are labels."""
    if labels is None:
        return None
    one_each = np.arange(len(labels) + 1)
    return Tensors(TENSOR_FIELDS[dtype], pack(labels, dtype, one_each, "labels"))
