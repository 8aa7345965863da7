"""Many records of varying lengths, put together at once.

First all lengths are known, and with them where every piece of every record
stands; then each piece is written into all records, one piece after the other.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import varints
from data_prep.recordio.runs import Bytes, Integers, bounds_of, copy_runs, items
from data_prep.recordio.wire import (
    ENTRY_KEY,
    ENTRY_VALUE,
    FRAME_HEADER,
    LENGTH_DELIMITED,
    MAGIC,
    RECORD_FEATURES,
    RECORD_LABEL,
    TENSOR_KEYS,
    TENSOR_NAME,
    TENSOR_VALUES,
    delimited,
    tag,
)

_NAME = delimited(ENTRY_KEY, len(TENSOR_NAME)) + TENSOR_NAME
_FIRST_TAG = tag(RECORD_FEATURES, LENGTH_DELIMITED)
_MOST_PADDING = 3
_SPOILT = varints.MAXIMUM_LENGTH - 1


class Floats(NamedTuple):
    """Numbers of a fixed size, for a packed field of every record."""

    encoded: Bytes
    starts: Integers
    sizes: Integers

    @classmethod
    def of(cls, values: NDArray[Any], bounds: Integers) -> "Floats":
        """Encode ``values[bounds[i]:bounds[i + 1]]`` for record i."""
        ends = bounds * values.itemsize
        return cls(values.view(np.uint8), ends[:-1], np.diff(ends))

    def put(self, target: Bytes, places: Integers) -> None:
        """Write each record's numbers at its place."""
        copy_runs(self.encoded, self.starts, target, places, self.sizes)


class Varints(NamedTuple):
    """Integers for a packed field of every record."""

    values: NDArray[Any]
    bounds: Integers
    lengths: NDArray[np.uint8]
    ends: Integers

    @classmethod
    def of(cls, values: NDArray[Any], bounds: Integers) -> "Varints":
        """Encode ``values[bounds[i]:bounds[i + 1]]``, none of them negative, for record i."""
        lengths = varints.lengths(values)
        return cls(values, bounds, lengths, bounds_of(lengths))

    @property
    def sizes(self) -> Integers:
        """How many bytes each record's integers take."""
        return np.diff(self.ends[self.bounds])

    def put(self, target: Bytes, places: Integers) -> None:
        """Write each record's integers at its place; what stands behind them is spoilt."""
        firsts = self.bounds[:-1]
        moves = np.repeat(places - self.ends[firsts], np.diff(self.bounds))
        varints.put(target, self.ends[:-1] + moves, self.values, self.lengths)


Packed = Floats | Varints


class Tensors(NamedTuple):
    """One tensor of every record.

    Attributes
    ----------
    field
        Which tensor it is, e.g. `FLOAT32_TENSOR`.
    values, keys
        Their packed fields; a record's is left out where it is empty.
    shape
        The encoded shape, the same for all.
    """

    field: int
    values: Packed
    keys: Packed | None = None
    shape: bytes = b""


def assemble(features: Tensors, labels: Tensors | None) -> memoryview:
    """Encode records with their frames, one behind the other."""
    entries = [_Entries(RECORD_FEATURES, features)]
    if labels is not None:
        entries.append(_Entries(RECORD_LABEL, labels))
    sizes = np.sum([entry.sizes for entry in entries], axis=0)
    bounds = bounds_of(FRAME_HEADER.size + sizes + -sizes % 4)
    starts, end = bounds[:-1], int(bounds[-1])
    target = np.empty(end + _SPOILT, np.uint8)
    cursors = _Cursors(target, starts + FRAME_HEADER.size)
    for entry in entries:
        entry.put(cursors)
    cursors.put(bytes(_MOST_PADDING))
    # At last the frames, for the last varint of a record may have spoilt the
    # beginning of the next: its header, and the one byte behind it.
    cursors.positions = starts
    cursors.put(MAGIC.to_bytes(4, "little"))
    cursors.put_items(sizes.astype("<u4"))
    cursors.put(_FIRST_TAG)
    return target.data[:end]


def _length(sizes: Integers) -> Integers:
    """Return the size of a length-delimited field: a tag of one byte, the length, the content."""
    return 1 + varints.lengths(sizes) + sizes


class _Entries:
    """A map's entry with a tensor in it, in every record."""

    def __init__(self, record_field: int, tensors: Tensors) -> None:
        self._record_field = record_field
        self._tensors = tensors
        self._packed = [(TENSOR_VALUES, tensors.values, tensors.values.sizes)]
        if tensors.keys is not None:
            self._packed.append((TENSOR_KEYS, tensors.keys, tensors.keys.sizes))
        parts = [np.where(sizes, _length(sizes), 0) for _, _, sizes in self._packed]
        self._tensor_sizes = np.sum(parts, axis=0) + len(tensors.shape)
        self._value_sizes = _length(self._tensor_sizes)
        self._entry_sizes = len(_NAME) + _length(self._value_sizes)
        self.sizes = _length(self._entry_sizes)

    def put(self, cursors: "_Cursors") -> None:
        cursors.put_opening(self._record_field, self._entry_sizes)
        cursors.put(_NAME)
        cursors.put_opening(ENTRY_VALUE, self._value_sizes)
        cursors.put_opening(self._tensors.field, self._tensor_sizes)
        for field, packed, sizes in self._packed:
            cursors.put_opening(field, sizes, np.minimum(sizes, 1))
            packed.put(cursors.target, cursors.positions)
            cursors.positions = cursors.positions + sizes
        cursors.put(self._tensors.shape)


class _Cursors:
    """A position in each record, behind what has been written there."""

    def __init__(self, target: Bytes, positions: Integers) -> None:
        self.target = target
        self.positions = positions

    def put(self, literal: bytes) -> None:
        """Write the same bytes into every record."""
        if literal:
            self.put_items(np.frombuffer(literal, f"V{len(literal)}"))

    def put_items(self, values: NDArray[Any]) -> None:
        """Write an item of one size into each record."""
        size = values.itemsize
        items(self.target, size)[self.positions] = values.view(f"V{size}")
        self.positions = self.positions + size

    def put_opening(self, field: int, sizes: Integers, present: Integers | int = 1) -> None:
        """Write tag and length of a field, where it is present: what comes next overwrites it."""
        self.target[self.positions] = tag(field, LENGTH_DELIMITED)[0]
        self.positions = self.positions + present
        lengths = varints.lengths(sizes)
        varints.put(self.target, self.positions, sizes, lengths)
        self.positions = self.positions + lengths * present
