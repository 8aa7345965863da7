"""The dense writer.

Where every value has the same size, all records have one layout: one chunk of
records is laid out as a template, and numpy writes values and labels into it.
Integers become varints of varying size: such records are assembled piece by piece.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.assembly import Tensors, assemble
from data_prep.recordio.wire import (
    RECORD_FEATURES,
    RECORD_LABEL,
    TENSOR_VALUES,
    frame_header,
    packed_header,
    padding,
    tensor_header,
)
from data_prep.recordio.writing import (
    CHUNK_BYTES,
    FLOAT32,
    INT64,
    TENSOR_FIELDS,
    Sink,
    check_labels,
    label_tensors,
    pack,
    refuse_overflow,
    tensor_dtype,
    write_all,
)

_SMALL_INTEGER: Final = np.dtype("u1")
"""How an integer label from 0 to 127 is encoded: as itself, in one byte."""


def write_dense(sink: Sink, features: NDArray[Any], labels: NDArray[Any] | None = None) -> None:
    """Write records with all their feature values.

    The bytes are those of the SageMaker SDK's ``write_numpy_to_dense_tensor``.
    Numbers of a type that the SDK refuses (integers other than int64, float16,
    booleans, foreign byte order) are written as float32; int64 becomes the
    format's 32-bit integer tensor, as it does there.

    Parameters
    ----------
    sink
        Gets chunks of about 1 MiB, or of one record where that is larger; the
        chunk is reused. Beside it no copy is made, also of a memory map.
    features
        Shape (records, features).
    labels
        Shape (records,); records without a label are for inference.

    Raises
    ------
    ValueError
        If a shape or a type is not as said here, or a number does not fit its
        tensor: beyond float32, or an int64 beyond 32 bits.
    """
    if features.ndim != 2:
        raise ValueError(f"features have shape {features.shape}: expected (records, features)")
    check_labels(labels, len(features))
    values_type = tensor_dtype(features, "features")
    label_type = FLOAT32 if labels is None else tensor_dtype(labels, "labels")
    small_labels = label_type == INT64 and labels is not None and _are_small(labels)
    if values_type == INT64 or (label_type == INT64 and not small_labels):
        _write_assembled(sink, features, labels, values_type, label_type)
    else:
        layout = _Layout.of(features.shape[1], values_type, label_type, labeled=labels is not None)
        _write_laid_out(sink, features, labels, layout)


def _are_small(labels: NDArray[Any]) -> bool:
    return int(labels.min(initial=0)) >= 0 and int(labels.max(initial=0)) <= 0x7F


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where values and label stand in each record, and all that stands around them."""

    template: bytes
    values_at: int
    values_type: np.dtype[Any]
    label_at: int
    label_type: np.dtype[Any]

    @classmethod
    def of(
        cls,
        width: int,
        values_type: np.dtype[Any],
        label_type: np.dtype[Any],
        *,
        labeled: bool,
    ) -> Self:
        values, before_values = _entry(RECORD_FEATURES, values_type, width * values_type.itemsize)
        stored_type = _SMALL_INTEGER if label_type == INT64 else label_type
        label, before_label = (
            _entry(RECORD_LABEL, label_type, stored_type.itemsize) if labeled else (b"", 0)
        )
        size = len(values) + len(label)
        head = frame_header(size)
        return cls(
            template=head + values + label + bytes(padding(size)),
            values_at=len(head) + before_values,
            values_type=values_type,
            label_at=len(head) + len(values) + before_label,
            label_type=stored_type,
        )


def _entry(record_field: int, dtype: np.dtype[Any], size: int) -> tuple[bytes, int]:
    """Encode an entry whose values are zeros, and say where they begin."""
    header = packed_header(TENSOR_VALUES, size)
    prefix = tensor_header(record_field, TENSOR_FIELDS[dtype], len(header) + size) + header
    return prefix + bytes(size), len(prefix)


def _write_laid_out(
    sink: Sink, features: NDArray[Any], labels: NDArray[Any] | None, layout: _Layout
) -> None:
    stride = len(layout.template)
    rows = min(max(1, CHUNK_BYTES // stride), max(1, len(features)))
    chunk = np.frombuffer(bytearray(layout.template * rows), np.uint8)
    values = np.ndarray(
        (rows, features.shape[1]),
        layout.values_type,
        chunk,
        layout.values_at,
        (stride, layout.values_type.itemsize),
    )
    label = None
    if labels is not None:
        label = np.ndarray((rows,), layout.label_type, chunk, layout.label_at, (stride,))
    for start in range(0, len(features), rows):
        count = min(rows, len(features) - start)
        with refuse_overflow("features"):
            values[:count] = features[start : start + count]
        if label is not None and labels is not None:
            with refuse_overflow("labels"):
                label[:count] = labels[start : start + count]
        write_all(sink, chunk.data[: count * stride])


def _write_assembled(
    sink: Sink,
    features: NDArray[Any],
    labels: NDArray[Any] | None,
    values_type: np.dtype[Any],
    label_type: np.dtype[Any],
) -> None:
    width = features.shape[1]
    rows = max(1, CHUNK_BYTES // (8 * width + 64))
    for start in range(0, len(features), rows):
        block = features[start : start + rows]
        bounds = np.arange(len(block) + 1) * width
        values = pack(block.ravel(), values_type, bounds, "features")
        marks = None if labels is None else labels[start : start + rows]
        tensors = Tensors(TENSOR_FIELDS[values_type], values)
        write_all(sink, assemble(tensors, label_tensors(marks, label_type)))
