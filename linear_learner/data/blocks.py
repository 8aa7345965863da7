"""Putting pieces together: records that are held, or blocks of whole mini-batches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from linear_learner.data.held import compress, sparse_pays
from linear_learner.data.records import Records, SparseRows

BLOCK_BYTES: Final = 24 << 20
"""How much of a streamed channel is shuffled and trained on at once.

The C library gives back memory of 32 MiB and more at once; what is smaller
serves for the next block, without new pages.
"""

_VALUE_BYTES: Final = 8
"""Of a value and its column."""
_ROW_BYTES: Final = 12
"""Of a compressed row's end and label."""
_FIRST_RECORDS: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Layout:
    """How the records of a channel are held in memory.

    Attributes
    ----------
    feature_dim
        Number of features.
    came_sparse
        Whether they came with the features alone that are not 0.
    compressed
        Whether they are held so.
    """

    feature_dim: int
    came_sparse: bool
    compressed: bool

    @classmethod
    def of(cls, records: Records) -> Self:
        """Choose by the first records of a channel."""
        features = records.features
        came_sparse = isinstance(features, SparseRows)
        return cls(records.feature_dim, came_sparse, came_sparse or sparse_pays(features))

    def apply(self, records: Records) -> Records:
        """Return records in this layout."""
        if self.compressed and not isinstance(records.features, SparseRows):
            return Records(compress(records.features), records.labels)
        return records


class Block:
    """Records that grow piece by piece.

    Parameters
    ----------
    layout
        Of the records that are added.
    nbytes
        What there is room for at once; more is made when it is needed.
    """

    def __init__(self, layout: Layout, nbytes: int) -> None:
        self._layout = layout
        self._labels = _Growing(np.dtype(np.float32), (), _FIRST_RECORDS)
        if layout.compressed:
            self._values = _Growing(np.dtype(np.float32), (), nbytes // _VALUE_BYTES)
            self._columns = _Growing(np.dtype(np.int32), (), nbytes // _VALUE_BYTES)
            self._ends = _Growing(np.dtype(np.int64), (), _FIRST_RECORDS)
        else:
            width = layout.feature_dim
            self._values = _Growing(np.dtype(np.float32), (width,), nbytes // (4 * width))

    def __len__(self) -> int:
        return self._labels.length

    @property
    def nbytes(self) -> int:
        """What the records take."""
        if self._layout.compressed:
            return _VALUE_BYTES * self._values.length + _ROW_BYTES * len(self)
        return (4 * self._layout.feature_dim + 4) * len(self)

    def add(self, records: Records) -> None:
        """Copy records behind those that are there."""
        features = records.features
        if isinstance(features, SparseRows):
            self._ends.append(features.indptr[1:] + self._values.length)
            self._values.append(features.data)
            self._columns.append(features.indices)
        else:
            self._values.append(features)
        self._labels.append(records.labels)

    def records(self) -> Records:
        """Return all of them, as views."""
        if not self._layout.compressed:
            return Records(self._values.filled, self._labels.filled)
        bounds = np.concatenate((np.zeros(1, np.int64), self._ends.filled))
        shape = (len(self), self._layout.feature_dim)
        rows = SparseRows(self._values.filled, self._columns.filled, bounds, shape)
        return Records(rows, self._labels.filled)


class _Growing:
    """An array that is filled from its beginning; the system gives memory as it is touched."""

    def __init__(self, dtype: np.dtype[Any], row: tuple[int, ...], capacity: int) -> None:
        self._array = np.empty((capacity, *row), dtype)
        self.length = 0

    @property
    def filled(self) -> NDArray[Any]:
        return self._array[: self.length]

    def append(self, values: NDArray[Any]) -> None:
        end = self.length + len(values)
        if end > len(self._array):
            larger = np.empty((2 * end, *self._array.shape[1:]), self._array.dtype)
            larger[: self.length] = self.filled
            self._array = larger
        self._array[self.length : end] = values
        self.length = end


def into_blocks(
    pieces: Iterable[Records], layout: Layout, batch: int, block_bytes: int = BLOCK_BYTES
) -> Iterator[Records]:
    """Put pieces together into blocks of whole mini-batches, except the last.

    Parameters
    ----------
    pieces
        In the layout.
    batch
        Records of a mini-batch.
    block_bytes
        A block is not larger, unless a single mini-batch is.
    """
    block = Block(layout, block_bytes)
    for piece in pieces:
        start = 0
        while start < len(piece):
            count = _fitting(block, piece, start, batch, block_bytes)
            block.add(piece.rows(start, start + count))
            start += count
            if start < len(piece):
                yield block.records()
                block = Block(layout, block_bytes)
    if len(block):
        yield block.records()


def _fitting(block: Block, piece: Records, start: int, batch: int, block_bytes: int) -> int:
    """Return how many of a piece's records go into a block, up to the end of a mini-batch."""
    left = len(piece) - start
    room = _count_within(piece, start, block_bytes - block.nbytes)
    if room >= left:
        return left
    beyond = (len(block) + room) % batch
    if beyond <= room and len(block) + room > beyond:
        return room - beyond
    return min(left, batch - len(block) % batch)


def _count_within(piece: Records, start: int, nbytes: int) -> int:
    """Return how many records, from one on, take no more than some bytes."""
    features = piece.features
    if isinstance(features, SparseRows):
        ends = _VALUE_BYTES * (features.indptr[start + 1 :] - features.indptr[start])
        ends += _ROW_BYTES * np.arange(1, len(ends) + 1)
        return int(np.searchsorted(ends, nbytes, side="right"))
    return max(0, nbytes) // (4 * piece.feature_dim + 4)
