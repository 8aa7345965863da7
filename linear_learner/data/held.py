"""Records that are held in memory: one block, given as often as it is asked for."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linear_learner.arrays import Floats
from linear_learner.data.kernels import compressed_rows
from linear_learner.data.records import Records, SparseRows

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
        features = records.features
        if not isinstance(features, SparseRows) and sparse_pays(features):
            records = Records(compress(features), records.labels)
        self._held = records

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        return self._held.feature_dim

    @property
    def nbytes(self) -> int:
        """The memory that the records take."""
        return self._held.nbytes

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


def sparse_pays(features: Floats) -> bool:
    """Whether so many features are 0 that compressed rows train faster."""
    return int(_stored(features).sum()) < SPARSE_PAYS_BELOW * features.size


def compress(features: Floats) -> SparseRows:
    """Return the features that are not 0; beside them, no more memory is needed than a chunk's."""
    counts = _stored(features)
    bounds = np.concatenate(([0], np.cumsum(counts)))
    # One more, since the compiled loop writes before it looks.
    values = np.empty(int(bounds[-1]) + 1, np.float32)
    columns = np.empty(len(values), np.int32)
    for start, chunk in _chunks(features):
        first, last = int(bounds[start]), int(bounds[start + len(chunk)])
        compressed_rows.compress(chunk, values[first : last + 1], columns[first : last + 1])
    shape = (len(features), features.shape[1])
    return SparseRows(values[:-1], columns[:-1], bounds, shape)


def _stored(features: Floats) -> NDArray[np.int64]:
    counts = np.empty(len(features), np.int64)
    for start, chunk in _chunks(features):
        compressed_rows.count_stored(chunk, counts[start : start + len(chunk)])
    return counts


def _chunks(features: Floats) -> Iterator[tuple[int, Floats]]:
    for start in range(0, len(features), _CHUNK):
        # As the compiled loops ask for it: a copy of what is a view or read-only.
        yield start, np.require(features[start : start + _CHUNK], np.float32, ["C", "W"])
