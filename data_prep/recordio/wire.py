"""The words of the format: frames, field numbers, tags and lengths.

Source: ``record.proto`` of the SageMaker SDK, and the protobuf encoding
(https://protobuf.dev/programming-guides/encoding/).
"""

import struct
from functools import lru_cache
from typing import Final

MAGIC: Final = 0xCED7230A
FRAME_HEADER: Final = struct.Struct("<II")
"""Magic number and length of the payload, before each record."""

VARINT, FIXED64, LENGTH_DELIMITED, GROUP_START, GROUP_END, FIXED32 = range(6)
"""The wire types of protobuf."""

RECORD_FEATURES, RECORD_LABEL = 1, 2
"""Fields of ``Record``: both are maps from a name to a ``Value``."""

ENTRY_KEY, ENTRY_VALUE = 1, 2
"""Fields of a map's entry."""

FLOAT32_TENSOR, FLOAT64_TENSOR, INT32_TENSOR, BYTES = 2, 3, 7, 9
"""Fields of ``Value``, of which one is set."""

TENSOR_VALUES, TENSOR_KEYS, TENSOR_SHAPE = 1, 2, 3
"""Fields of every tensor; all are repeated and packed."""

TENSOR_NAME: Final = b"values"
"""The one map key that the built-in algorithms read."""


class RecordIOError(ValueError):
    """Bytes that are not recordIO-protobuf.

    Attributes
    ----------
    offset
        Where in the buffer, in bytes from its beginning.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"recordIO data, byte {offset}: {reason}")
        self.offset = offset


@lru_cache(maxsize=4096)
def varint(value: int) -> bytes:
    """Encode a non-negative integer in base 128, low digits first."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def tag(field: int, wire_type: int) -> bytes:
    """Encode what stands before a field's content."""
    return varint(field << 3 | wire_type)


def delimited(field: int, size: int) -> bytes:
    """Encode what stands before ``size`` bytes of a length-delimited field."""
    return tag(field, LENGTH_DELIMITED) + varint(size)


def packed_header(field: int, size: int) -> bytes:
    """Encode what stands before ``size`` bytes of a packed field: nothing if it is empty."""
    return delimited(field, size) if size else b""


@lru_cache(maxsize=4096)
def tensor_header(record_field: int, tensor_field: int, size: int) -> bytes:
    """Encode what stands before the ``size`` bytes of a tensor in a record.

    Parameters
    ----------
    record_field
        `RECORD_FEATURES` or `RECORD_LABEL`.
    tensor_field
        Which tensor it is, e.g. `FLOAT32_TENSOR`.
    size
        Length of the encoded tensor.
    """
    value = delimited(tensor_field, size)
    name = delimited(ENTRY_KEY, len(TENSOR_NAME)) + TENSOR_NAME
    entry = name + delimited(ENTRY_VALUE, len(value) + size) + value
    return delimited(record_field, len(entry) + size) + entry


def frame_header(size: int) -> bytes:
    """Encode what stands before a record of ``size`` bytes."""
    return FRAME_HEADER.pack(MAGIC, size)


def padding(size: int) -> int:
    """Return how many zeros follow ``size`` bytes, up to a multiple of 4."""
    return -size % 4
