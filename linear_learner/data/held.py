"""Records that are held in memory: one block, given as often as it is asked for."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.data.records import Features, Records, SparseRows

SPARSE_PAYS_BELOW: Final = 0.3
"""The share of features that are not 0 below which compressed rows train faster."""

_CHUNK: Final = 4096


class HeldSource:
    """A `linear_learner.data.source.Source` of records in memory.

    Parameters
    ----------
    name
        The channel's name, for errors.
    records
        All of them. Dense features that are mostly 0 are held as compressed
        rows; `sparse` still says how they came.
    sparse
        How they came, where ``records`` are compressed rows already; by
        default, as they are.
    """

    def __init__(self, name: str, records: Records, *, sparse: bool | None = None) -> None:
        came_sparse = isinstance(records.features, SparseRows)
        self.name = name
        self.sparse = came_sparse if sparse is None else sparse
        self._held = Records(compress(records.features), records.labels)

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        return self._held.feature_dim

    @property
    def records(self) -> int:
        """Number of records."""
        return len(self._held)

    def head(self, records: int) -> Records:
        """Return the first records, as views."""
        return self._held.rows(0, records)

    def blocks(self, random: np.random.Generator | None = None) -> Iterator[Records]:  # noqa: ARG002 - there is one block
        """Give all records as one block."""
        yield self._held


def compress(features: Features) -> Features:
    """Return dense features as compressed rows where they are mostly 0, else as they are."""
    if isinstance(features, SparseRows):
        return features
    counts = np.empty(len(features), np.int64)
    for start in range(0, len(features), _CHUNK):
        chunk = features[start : start + _CHUNK]
        counts[start : start + _CHUNK] = np.count_nonzero(chunk, axis=1)
    if counts.sum() >= SPARSE_PAYS_BELOW * features.size:
        return features
    return _compressed_rows(features, counts)


def _compressed_rows(features: Floats, counts: np.ndarray) -> SparseRows:
    indptr = np.concatenate(([0], np.cumsum(counts)))
    data = np.empty(int(indptr[-1]), np.float32)
    indices = np.empty(int(indptr[-1]), np.int32)
    for start in range(0, len(features), _CHUNK):
        chunk = features[start : start + _CHUNK]
        rows, columns = np.nonzero(chunk)
        first, last = int(indptr[start]), int(indptr[start + len(chunk)])
        indices[first:last] = columns
        data[first:last] = chunk[rows, columns]
    return SparseRows(data, indices, indptr, (len(features), features.shape[1]))
