"""Answers: scores and labels, in each of the formats."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import wire
from linear_learner.arrays import Floats
from linear_learner.serving.media_types import JSON, JSON_LINES, RECORDIO

Labels = NDArray[np.int64] | None
"""None of a regressor."""

_FLOAT32_BYTES: Final = 4


def encode(scores: Floats, labels: Labels, answer_type: str) -> bytes:
    """Return the answer to records.

    Parameters
    ----------
    scores
        Shape (records,), or (records, classes).
    labels
        Shape (records,).
    answer_type
        One of `media_types.ANSWERS`.
    """
    return _ENCODERS[answer_type](scores, labels)


def _encode_json(scores: Floats, labels: Labels) -> bytes:
    return b'{"predictions": [' + ", ".join(_objects(scores, labels)).encode() + b"]}"


def _encode_json_lines(scores: Floats, labels: Labels) -> bytes:
    return "".join(f"{line}\n" for line in _objects(scores, labels)).encode()


def _objects(scores: Floats, labels: Labels) -> list[str]:
    """Write the objects as Python's json does; by hand, it takes a third of the time."""
    if labels is None:
        return [f'{{"score": {score!r}}}' for score in scores.tolist()]
    pairs = zip(scores.tolist(), labels.tolist(), strict=True)
    return [f'{{"score": {score!r}, "predicted_label": {label}}}' for score, label in pairs]


def _encode_recordio(scores: Floats, labels: Labels) -> bytes:
    """Write records whose label is a map of float32 tensors; all are laid out alike."""
    tensors = {b"score": scores.reshape(len(scores), -1)}
    if labels is not None:
        tensors = {b"predicted_label": labels[:, np.newaxis], **tensors}
    entries = [_entry(name, values.shape[1]) for name, values in tensors.items()]
    payload = b"".join(entries)
    record = wire.frame_header(len(payload)) + payload + bytes(wire.padding(len(payload)))
    rows = np.tile(np.frombuffer(record, np.uint8), (len(scores), 1))
    end = wire.FRAME_HEADER.size
    for entry, values in zip(entries, tensors.values(), strict=True):
        end += len(entry)
        _put(rows, end, values)
    return rows.tobytes()


def _entry(name: bytes, size: int) -> bytes:
    """Encode an entry of the label's map; it ends in ``size`` zeros of float32."""
    values = bytes(size * _FLOAT32_BYTES)
    tensor = wire.packed_header(wire.TENSOR_VALUES, len(values)) + values
    value = wire.delimited(wire.FLOAT32_TENSOR, len(tensor)) + tensor
    key = wire.delimited(wire.ENTRY_KEY, len(name)) + name
    entry = key + wire.delimited(wire.ENTRY_VALUE, len(value)) + value
    return wire.delimited(wire.RECORD_LABEL, len(entry)) + entry


def _put(rows: NDArray[np.uint8], end: int, values: NDArray[Any]) -> None:
    """Write a row of values so that it ends at the given byte of each record."""
    encoded = values.astype("<f4").view(np.uint8)
    rows[:, end - encoded.shape[1] : end] = encoded


_ENCODERS: Final[dict[str, Callable[[Floats, Labels], bytes]]] = {
    JSON: _encode_json,
    JSON_LINES: _encode_json_lines,
    RECORDIO: _encode_recordio,
}
