"""Writing to memory, and protobuf fields put together by hand."""

import io
import struct
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from data_prep.recordio import CompressedRows, write_dense, write_sparse

Array = NDArray[Any]


def dense(features: Array, labels: Array | None = None) -> bytes:
    sink = io.BytesIO()
    write_dense(sink, features, labels)
    return sink.getvalue()


def sparse(matrix: CompressedRows, labels: Array | None = None) -> bytes:
    sink = io.BytesIO()
    write_sparse(sink, matrix, labels)
    return sink.getvalue()


def varint(value: int) -> bytes:
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def varint_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def fixed64_field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 1) + content


def delimited_field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def group(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 3) + content + varint(number << 3 | 4)


def fixed32_field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 5) + content


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def float_tensor(
    values: Sequence[float], keys: Sequence[int] = (), shape: Sequence[int] = ()
) -> bytes:
    """A ``Value`` with a float32 tensor, packed."""
    tensor = delimited_field(1, floats(*values))
    if keys:
        tensor += delimited_field(2, b"".join(varint(key) for key in keys))
    if shape:
        tensor += delimited_field(3, b"".join(varint(size) for size in shape))
    return delimited_field(2, tensor)


def features_entry(value: bytes, name: bytes = b"values") -> bytes:
    return delimited_field(1, delimited_field(1, name) + delimited_field(2, value))


def label_entry(value: bytes) -> bytes:
    return delimited_field(2, delimited_field(1, b"values") + delimited_field(2, value))


def framed(*messages: bytes) -> bytes:
    return b"".join(
        struct.pack("<II", 0xCED7230A, len(message)) + message + bytes(-len(message) % 4)
        for message in messages
    )
