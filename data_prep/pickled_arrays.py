"""Numpy arrays out of a pickle: what the names in it mean, and what may be done with them."""

import math
from enum import Enum, auto
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from data_prep.dataset_file import DatasetFile
from data_prep.errors import EmptyDatasetError
from data_prep.pickle_machine import LONGEST_NAME, PickleMachine

_DTYPES: Final = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})
_BYTE_ORDERS: Final = ("<", ">", "|", "=")
_MOST_DIMENSIONS: Final = 4


class _Name(Enum):
    """What a pickle may name."""

    RECONSTRUCT = auto()
    FROM_BUFFER = auto()
    NDARRAY = auto()
    DTYPE = auto()
    ENCODE = auto()


_NAMES: Final = {
    "numpy.core.multiarray._reconstruct": _Name.RECONSTRUCT,
    "numpy._core.multiarray._reconstruct": _Name.RECONSTRUCT,
    "numpy.core.numeric._frombuffer": _Name.FROM_BUFFER,
    "numpy._core.numeric._frombuffer": _Name.FROM_BUFFER,
    "numpy.ndarray": _Name.NDARRAY,
    "numpy.dtype": _Name.DTYPE,
    "_codecs.encode": _Name.ENCODE,
}


class _Dtype:
    """A dtype: made from a code, its byte order told later."""

    def __init__(self, code: str) -> None:
        self.value: np.dtype[Any] = np.dtype(code)


class PickledArray:
    """An array: made without content, which comes later."""

    def __init__(self, value: NDArray[Any] | None = None) -> None:
        self.value = value


def read_pickle(file: DatasetFile) -> object:
    """Return what a pickle of nested tuples and lists of arrays holds.

    Pickles are read as Python 2 and 3 write them in protocols 2 to 5. No code
    of theirs runs, see `data_prep.pickle_machine`.

    Parameters
    ----------
    file
        Read from its beginning to its end.

    Returns
    -------
    Tuples, lists, numbers, strings and `PickledArray`, nested as in the pickle.
    The arrays are views of the bytes read, and not to be written to.

    Raises
    ------
    UnsafePickleError
        If the pickle names, calls or does anything but making arrays of numbers.
    DamagedDatasetError
        If it contradicts itself or is cut off.
    """
    content = _ArrayMachine(file).run()
    file.finish()
    return content


class _ArrayMachine(PickleMachine):
    """Makes arrays of what asks for arrays, and refuses everything else."""

    def __init__(self, file: DatasetFile) -> None:
        super().__init__(file)
        self._characters_encoded = 0

    def resolve(self, name: str) -> object:
        if name not in _NAMES:
            raise self.unsafe(f"imports {name[:LONGEST_NAME]!r}")
        return _NAMES[name]

    def call(self, function: object, arguments: tuple[object, ...]) -> object:
        match function, arguments:
            case _Name.RECONSTRUCT, (_Name.NDARRAY, (0,), b"b"):
                return PickledArray()
            case _Name.DTYPE, (str() | bytes() as code, *_):
                return self._dtype(_as_text(code))
            case _Name.FROM_BUFFER, (bytes() as data, _Dtype() as dtype, shape, "C" | "F" as order):
                return PickledArray(self._array(shape, dtype, data, fortran=order == "F"))
            case _Name.ENCODE, (str() as text, "latin1"):
                return self._encode(text)
            case _:
                raise self.unsafe("calls what it may not")

    def set_state(self, target: object, state: tuple[object, ...]) -> None:
        match target, state:
            case _Dtype(), (_, str() | bytes() as order, None, None, None, *_):
                self._set_byte_order(target, _as_text(order))
            case PickledArray(), (_, shape, _Dtype() as dtype, bool() | int() as fortran, data) if (
                isinstance(data, bytes)
            ):
                target.value = self._array(shape, dtype, data, fortran=bool(fortran))
            case _:
                raise self.unsafe("gives something a state that it cannot have")

    def _dtype(self, code: str) -> _Dtype:
        if code not in _DTYPES:
            raise self.unsafe(f"holds an array of type {code[:LONGEST_NAME]!r}")
        return _Dtype(code)

    def _set_byte_order(self, dtype: _Dtype, order: str) -> None:
        if order not in _BYTE_ORDERS:
            raise self.damaged(f"there is no byte order {order[:LONGEST_NAME]!r}")
        dtype.value = dtype.value.newbyteorder(order)

    def _encode(self, text: str) -> bytes:
        """Turn text into the bytes that Python 3 wrote as text for protocol 2."""
        self._characters_encoded += len(text)
        if self._characters_encoded > self.file.bytes_read:
            raise self.unsafe("encodes the same text again and again")
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError as error:
            raise self.damaged("a byte is larger than 255") from error

    def _array(self, shape: object, dtype: _Dtype, data: bytes, *, fortran: bool) -> NDArray[Any]:
        sizes = _as_sizes(shape)
        if sizes is None:
            raise self.damaged(f"an array's shape is not one of 1 to {_MOST_DIMENSIONS} sizes")
        if not data:
            raise EmptyDatasetError(f"{self.file.name} holds an array without elements")
        if math.prod(sizes) * dtype.value.itemsize != len(data):
            raise self.damaged(f"an array's shape and its {len(data)} bytes do not fit")
        return np.ndarray(sizes, dtype.value, data, order="F" if fortran else "C")


def _as_sizes(shape: object) -> list[int] | None:
    """Return a shape as numpy takes it, or None if it is none."""
    if not isinstance(shape, tuple):
        return None
    elements = cast("tuple[object, ...]", shape)
    sizes = [size for size in elements if isinstance(size, int) and size >= 0]
    right = len(sizes) == len(elements) and 1 <= len(sizes) <= _MOST_DIMENSIONS
    return sizes if right else None


def _as_text(value: str | bytes) -> str:
    """Return a string of Python 2 and one of Python 3 alike."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
