"""MXNet's file of named arrays (``.params``), as `mx.nd.save` writes it: float32, dense.

Little-endian: u64 0x112, u64 0, u64 number of arrays; for each u32 0xF993FAC9,
i32 storage type (0, dense), u32 dimensions, i64 each, i32 device type (1, CPU),
i32 device number, i32 data type (0, float32), the values; then u64 number of
names, each a u64 length and the text.
"""

import math
import struct
from collections.abc import Mapping
from reprlib import repr as shortened
from typing import Final

import numpy as np

from linear_learner.arrays import Floats

_FILE: Final = struct.Struct("<QQQ")
_FILE_MAGIC: Final = 0x112
_ARRAY: Final = struct.Struct("<IiI")
_ARRAY_MAGIC: Final = 0xF993FAC9
_CONTEXT: Final = struct.Struct("<iii")
_LENGTH: Final = struct.Struct("<Q")
_DENSE, _CPU, _DEVICE, _FLOAT32 = 0, 1, 0, 0
_TYPES: Final = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64")
"""The data types by their numbers."""
_MOST_DIMENSIONS: Final = 32
_MOST_ARRAYS: Final = 1000
"""A linear model has two; many empty ones would take far more memory than their file."""


def write_arrays(arrays: Mapping[str, Floats]) -> bytes:
    """Return the file of these arrays, in their order."""
    parts = [_FILE.pack(_FILE_MAGIC, 0, len(arrays))]
    for array in arrays.values():
        parts.append(_ARRAY.pack(_ARRAY_MAGIC, _DENSE, array.ndim))
        parts.append(struct.pack(f"<{array.ndim}q", *array.shape))
        parts.append(_CONTEXT.pack(_CPU, _DEVICE, _FLOAT32))
        parts.append(np.ascontiguousarray(array, "<f4").tobytes())
    parts.append(_LENGTH.pack(len(arrays)))
    for name in arrays:
        encoded = name.encode()
        parts.append(_LENGTH.pack(len(encoded)) + encoded)
    return b"".join(parts)


def read_arrays(content: bytes) -> dict[str, Floats]:
    """Return the arrays of a file by their names.

    Raises
    ------
    ValueError
        If the content is not such a file, is cut off, goes on after its end,
        or holds anything else than dense float32 arrays.
    """
    reader = _Reader(content)
    magic, _, count = reader.take(_FILE)
    _expect("file's magic number", magic, _FILE_MAGIC)
    if count > _MOST_ARRAYS:
        raise ValueError(f"{count} arrays: expected {_MOST_ARRAYS} at most")
    arrays = [_read_array(reader) for _ in range(count)]
    _expect("number of names", reader.take(_LENGTH)[0], count)
    names = [_text(reader.take_bytes(reader.take(_LENGTH)[0])) for _ in range(count)]
    if not reader.at_end:
        raise ValueError(f"bytes follow the last name, at byte {reader.position}")
    if len(set(names)) < count:
        raise ValueError(f"names occur twice: {shortened(names)}")
    return dict(zip(names, arrays, strict=True))


class _Reader:
    """Takes from a buffer piece by piece, never beyond its end."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self.position = 0

    @property
    def at_end(self) -> bool:
        return self.position == len(self._content)

    def take_bytes(self, size: int) -> memoryview:
        end = self.position + size
        if end > len(self._content):
            raise ValueError(f"cut off at byte {len(self._content)}: {size} bytes were to follow")
        piece = self._content[self.position : end]
        self.position = end
        return piece

    def take(self, layout: struct.Struct) -> tuple[int, ...]:
        return layout.unpack(self.take_bytes(layout.size))


def _read_array(reader: _Reader) -> Floats:
    magic, storage, dimensions = reader.take(_ARRAY)
    _expect("array's magic number", magic, _ARRAY_MAGIC)
    _expect("storage type", storage, _DENSE)
    if dimensions > _MOST_DIMENSIONS:
        raise ValueError(
            f"an array of {dimensions} dimensions: expected {_MOST_DIMENSIONS} at most"
        )
    shape = reader.take(struct.Struct(f"<{dimensions}q"))
    if any(length < 0 for length in shape):
        raise ValueError(f"an array of shape {shape}")
    _, _, dtype = reader.take(_CONTEXT)
    if dtype != _FLOAT32:
        found = _TYPES[dtype] if 0 <= dtype < len(_TYPES) else f"data type {dtype}"
        raise ValueError(f"an array of {found}: expected float32")
    values = np.frombuffer(reader.take_bytes(4 * math.prod(shape)), "<f4")
    return values.astype(np.float32).reshape(shape)


def _text(encoded: memoryview) -> str:
    return bytes(encoded).decode()


def _expect(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise ValueError(f"{what} is {found:#x}: expected {expected:#x}")
