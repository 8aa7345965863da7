"""Parsing all records at once, where they have the fields that the SDK's writer gives them.

The fields are read in lockstep: a cursor into each record, moved by numpy.
Lengths may differ from record to record, the order of the fields may not.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.frames import Frames
from data_prep.recordio.runs import Integers, items
from data_prep.recordio.tensors import Spans, Tensors
from data_prep.recordio.wire import (
    ENTRY_KEY,
    ENTRY_VALUE,
    FLOAT32_TENSOR,
    FLOAT64_TENSOR,
    INT32_TENSOR,
    LENGTH_DELIMITED,
    RECORD_FEATURES,
    RECORD_LABEL,
    TENSOR_KEYS,
    TENSOR_NAME,
    TENSOR_SHAPE,
    TENSOR_VALUES,
    delimited,
    tag,
)

_NAME: Final = (
    delimited(ENTRY_KEY, len(TENSOR_NAME)) + TENSOR_NAME + tag(ENTRY_VALUE, LENGTH_DELIMITED)
)
_ELEMENT_SIZES: Final = {FLOAT32_TENSOR: 4, FLOAT64_TENSOR: 8, INT32_TENSOR: None}
_LONGEST_LENGTH: Final = 5
"""Bytes of a varint below 2^35: no record is longer."""


class _OtherLayoutError(Exception):
    """The records are not of the one layout that is read here."""


def parse_lockstep(raw: NDArray[np.uint8], frames: Frames) -> tuple[Tensors, Tensors] | None:
    """Find features and label of every record.

    Returns
    -------
    Features and labels, or None if the records have another layout: then
    nothing is said about whether they are right.
    """
    starts, ends = frames
    cursors = _Cursors(raw, starts)
    try:
        features = _parse_entry(cursors, RECORD_FEATURES)
        unlabeled = (cursors.positions == ends).all()
        labels = _absent(starts) if unlabeled else _parse_entry(cursors, RECORD_LABEL)
        cursors.require(cursors.positions == ends)
    except _OtherLayoutError:
        return None
    return features, labels


def _absent(records: Integers) -> Tensors:
    nothing = Spans(np.empty((0, 2), np.int64), np.zeros_like(records))
    return Tensors(records, np.zeros_like(records), nothing, nothing, nothing)


class _Cursors:
    """A position in each record."""

    def __init__(self, raw: NDArray[np.uint8], starts: Integers) -> None:
        self._raw = raw
        self.starts = starts
        self.positions = starts.copy()

    def require(self, conditions: NDArray[np.bool_]) -> None:
        """Give up unless it holds for every record."""
        if not conditions.all():
            raise _OtherLayoutError

    def next_bytes(self) -> NDArray[np.uint8]:
        """Return the byte at each position; beyond the buffer, its last one."""
        return self._raw.take(self.positions, mode="clip")

    def expect(self, literal: bytes) -> None:
        """Go on behind bytes that are the same in every record."""
        if int(self.positions.max()) + len(literal) > len(self._raw):
            raise _OtherLayoutError
        there = items(self._raw, len(literal))[self.positions].view(np.uint8)
        self.require(there.reshape(-1, len(literal)) == np.frombuffer(literal, np.uint8))
        self.positions += len(literal)

    def end_of_field(self, chosen: NDArray[np.bool_] | None = None) -> Integers:
        """Read a length in the chosen records, and return where the content ends."""
        going = np.ones(len(self.positions), bool) if chosen is None else chosen
        lengths = np.zeros_like(self.positions)
        for place in range(_LONGEST_LENGTH):
            byte = self.next_bytes()
            lengths |= ((byte & 0x7F) * going).astype(np.int64) << 7 * place
            self.positions += going
            going = going & (byte >= 0x80)
            if not going.any():
                return self.positions + lengths
        raise _OtherLayoutError


def _parse_entry(cursors: _Cursors, record_field: int) -> Tensors:
    """Read a map's entry with one tensor in it."""
    cursors.expect(tag(record_field, LENGTH_DELIMITED))
    entry_end = cursors.end_of_field()
    cursors.expect(_NAME)
    value_end = cursors.end_of_field()
    opening = int(cursors.next_bytes()[0])
    kind = opening >> 3
    cursors.require(np.array(opening & 7 == LENGTH_DELIMITED and kind in _ELEMENT_SIZES))
    cursors.expect(bytes([opening]))
    tensor_end = cursors.end_of_field()
    cursors.require((entry_end == tensor_end) & (value_end == tensor_end))
    values = _parse_packed(cursors, TENSOR_VALUES, tensor_end, _ELEMENT_SIZES[kind])
    keys = _parse_packed(cursors, TENSOR_KEYS, tensor_end, None)
    shape = _parse_packed(cursors, TENSOR_SHAPE, tensor_end, None)
    cursors.require(cursors.positions == tensor_end)
    kinds = np.full(len(tensor_end), kind, np.int64)
    return Tensors(cursors.starts, kinds, values, keys, shape)


def _parse_packed(
    cursors: _Cursors, field: int, tensor_end: Integers, element_size: int | None
) -> Spans:
    """Read a packed field where it is present; None is the size of a varint."""
    opening = tag(field, LENGTH_DELIMITED)[0]
    present = (cursors.positions < tensor_end) & (cursors.next_bytes() == opening)
    cursors.positions += present
    ends = cursors.end_of_field(present)
    starts, cursors.positions = cursors.positions, ends - 1
    cursors.require(ends <= tensor_end)
    if element_size is None:
        cursors.require((starts == ends) | (cursors.next_bytes() < 0x80))
    else:
        cursors.require((ends - starts) % element_size == 0)
    cursors.positions = ends.copy()
    return Spans(np.stack((starts, ends), axis=1), np.ones(len(ends), np.int64))
