"""Sums over the columns of compressed rows."""

import numpy as np
from numba import types

from linear_learner.arrays import Doubles, Floats, Indices
from linear_learner.training.kernels.products import READ_ONLY_FEATURES, READ_ONLY_VECTOR
from linear_learner.training.kernels.vectors import item, kernel


@kernel(
    types.void(
        READ_ONLY_VECTOR, READ_ONLY_FEATURES, types.int64[::1], types.float64[::1],
        types.float32[::1], types.float32[::1],
    )
)  # fmt: skip
def add_values(
    data: Floats,
    indices: np.ndarray,
    stored: Indices,
    total: Doubles,
    least: Floats,
    greatest: Floats,
) -> None:
    """Take values into what is known of their columns: number, sum, least and greatest."""
    for index in range(len(data)):
        column = item(indices, index)
        value = item(data, index)
        stored[column] += 1
        total[column] += value
        least[column] = min(least[column], value)
        greatest[column] = max(greatest[column], value)


@kernel(types.void(READ_ONLY_VECTOR, READ_ONLY_FEATURES, types.float64[::1], types.float64[::1]))
def add_squares(data: Floats, indices: np.ndarray, mean: Doubles, squares: Doubles) -> None:
    """Add to each column the squares of its values' distances from a mean."""
    for index in range(len(data)):
        column = item(indices, index)
        distance = item(data, index) - mean[column]
        squares[column] += distance * distance
