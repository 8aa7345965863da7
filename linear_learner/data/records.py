"""Records in memory: dense, or in compressed sparse rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linear_learner.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class SparseRows:
    """Features in compressed sparse rows; columns are unique within a row.

    Attributes
    ----------
    data
        Shape (nonzeros,): the values, row after row.
    indices
        Shape (nonzeros,), int32: the column of each value.
    indptr
        Shape (rows + 1,), int64: row i's values are ``data[indptr[i]:indptr[i + 1]]``.
    shape
        Rows and columns.
    """

    data: Floats
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return self.shape[0]

    def rows(self, start: int, stop: int) -> "SparseRows":
        """Return some of the rows, as views of values and columns."""
        bounds = self.indptr[start : stop + 1]
        stored = slice(int(bounds[0]), int(bounds[-1]))
        shape = (len(bounds) - 1, self.shape[1])
        return SparseRows(self.data[stored], self.indices[stored], bounds - bounds[0], shape)

    def take(self, chosen: NDArray[np.int64]) -> "SparseRows":
        """Return copies of some of the rows, by their numbers."""
        sizes = np.diff(self.indptr)[chosen]
        indptr = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(sizes, out=indptr[1:])
        first: NDArray[np.int64] = np.repeat(self.indptr[chosen] - indptr[:-1], sizes)
        stored = first + np.arange(int(indptr[-1]))
        shape = (len(chosen), self.shape[1])
        return SparseRows(self.data[stored], self.indices[stored], indptr, shape)


Features = Floats | SparseRows
"""Shape (records, features)."""


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Records with their labels.

    Attributes
    ----------
    features
        Shape (records, features), as they came: nothing is ever scaled in place.
    labels
        Shape (records,).
    """

    features: Features
    labels: Floats

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        return self.features.shape[1]

    @property
    def nbytes(self) -> int:
        """The memory that they take."""
        features = self.features
        if isinstance(features, SparseRows):
            stored = features.data.nbytes + features.indices.nbytes + features.indptr.nbytes
            return stored + self.labels.nbytes
        return features.nbytes + self.labels.nbytes

    def rows(self, start: int, stop: int) -> "Records":
        """Return some of the records, as views."""
        features = self.features
        if isinstance(features, SparseRows):
            return Records(features.rows(start, stop), self.labels[start:stop])
        return Records(features[start:stop], self.labels[start:stop])

    def take(self, chosen: NDArray[np.int64]) -> "Records":
        """Return copies of some of the records, by their numbers."""
        features = self.features
        if isinstance(features, SparseRows):
            return Records(features.take(chosen), self.labels[chosen])
        return Records(features[chosen], self.labels[chosen])
