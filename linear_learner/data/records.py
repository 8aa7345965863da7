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
