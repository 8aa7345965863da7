"""Compressed rows: from dense ones, and with unique columns."""

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


@compiled("int64(float32[::1], int32[::1], int64[::1])")
def unite_columns(
    values: NDArray[np.float32], columns: NDArray[np.int32], bounds: NDArray[np.int64]
) -> int:
    """Sort each row by column in place, and add the values of equal columns.

    Equal columns are added in the order in which they came.

    Returns
    -------
    How many values there still are; ``bounds`` says where.
    """
    stored = 0
    start = 0
    for row in range(len(bounds) - 1):
        end = bounds[row + 1]
        order = np.argsort(columns[start:end], kind="mergesort")
        row_columns = columns[start:end][order]
        row_values = values[start:end][order]
        first = stored
        for column, value in zip(row_columns, row_values):  # noqa: B905 - numba knows no strict
            if stored > first and columns[stored - 1] == column:
                values[stored - 1] += value
            else:
                columns[stored] = column
                values[stored] = value
                stored += 1
        start = end
        bounds[row + 1] = stored
    return stored
