"""Compressed rows from dense ones."""

import numpy as np
from numpy.typing import NDArray

from linear_learner.compiled import compiled


@compiled("void(float32[:, ::1], int64[::1])")
def count_stored(dense: NDArray[np.float32], counts: NDArray[np.int64]) -> None:
    """Count the values of each row that are not 0."""
    for row in range(dense.shape[0]):
        count = 0
        for column in range(dense.shape[1]):
            count += dense[row, column] != 0
        counts[row] = count


@compiled("void(float32[:, ::1], float32[::1], int32[::1])")
def compress(
    dense: NDArray[np.float32], values: NDArray[np.float32], columns: NDArray[np.int32]
) -> None:
    """Take the values that are not 0, row after row; there is room for one more."""
    stored = 0
    for row in range(dense.shape[0]):
        for column in range(dense.shape[1]):
            value = dense[row, column]
            # Without a branch, which would be guessed wrong every few values.
            values[stored] = value
            columns[stored] = column
            stored += value != 0
