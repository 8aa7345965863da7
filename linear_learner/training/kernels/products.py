"""Products of records and weights: those of compressed rows, and the gathering of dense ones.

Weights have a row a feature and, below, one for the bias; a record is scaled
on its way: ``(value - mean) * factor``.
"""

from typing import Final

import numpy as np
from numba import types

from linear_learner.arrays import Floats, Indices
from linear_learner.compiled import compiled
from linear_learner.training.kernels.prefetching import prefetch

READ_ONLY_VECTOR: Final = types.Array(types.float32, 1, "C", readonly=True)
READ_ONLY_MATRIX: Final = types.Array(types.float32, 2, "C", readonly=True)
READ_ONLY_INDICES: Final = types.Array(types.int64, 1, "C", readonly=True)
READ_ONLY_FEATURES: Final = types.Array(types.int32, 1, "C", readonly=True)

_LINE: Final = 16
"""Values in a cache line."""


@compiled(
    types.void(
        READ_ONLY_MATRIX, READ_ONLY_INDICES, READ_ONLY_VECTOR, READ_ONLY_VECTOR,
        types.float32[:, ::1],
    )
)  # fmt: skip
def gather(features: Floats, rows: Indices, mean: Floats, factor: Floats, batch: Floats) -> None:
    """Copy some rows, scaled; columns of the batch beyond the features are left alone."""
    for record in range(len(rows)):
        row = rows[record]
        for feature in range(features.shape[1]):
            centred = features[row, feature] - mean[feature]
            batch[record, feature] = centred * factor[feature]


@compiled(
    types.void(
        READ_ONLY_VECTOR, READ_ONLY_FEATURES, READ_ONLY_INDICES, READ_ONLY_INDICES,
        READ_ONLY_VECTOR, READ_ONLY_VECTOR, types.float32[:, ::1],
    )
)  # fmt: skip
def spread(
    data: Floats,
    indices: np.ndarray,
    indptr: Indices,
    rows: Indices,
    mean: Floats,
    factor: Floats,
    batch: Floats,
) -> None:
    """Copy some compressed rows, scaled and with their zeros, as `gather` does dense ones."""
    for record in range(len(rows)):
        for feature in range(len(mean)):
            batch[record, feature] = -mean[feature] * factor[feature]
        for at in range(indptr[rows[record]], indptr[rows[record] + 1]):
            feature = indices[at]
            batch[record, feature] = (data[at] - mean[feature]) * factor[feature]


@compiled(
    types.void(
        READ_ONLY_VECTOR, READ_ONLY_FEATURES, READ_ONLY_INDICES, READ_ONLY_INDICES,
        READ_ONLY_VECTOR, READ_ONLY_VECTOR, READ_ONLY_MATRIX, types.float32[:, ::1],
    )
)  # fmt: skip
def forward(
    data: Floats,
    indices: np.ndarray,
    indptr: Indices,
    rows: Indices,
    factor: Floats,
    shift: Floats,
    weights: Floats,
    outputs: Floats,
) -> None:
    """Write the outputs of some compressed rows.

    Parameters
    ----------
    data, indices, indptr
        The compressed rows.
    rows
        Which of them, shape (records,).
    factor
        Of every feature.
    shift
        ``mean * factor`` of every feature; empty where there is no mean.
    weights
        Shape (features + 1, columns).
    outputs
        Shape (records, columns).
    """
    columns = weights.shape[1]
    base = weights[-1].copy()
    for feature in range(len(shift)):
        for column in range(columns):
            base[column] -= shift[feature] * weights[feature, column]
    for record in range(len(rows)):
        if record + 1 < len(rows):
            following = rows[record + 1]
            for line in range(indptr[following], indptr[following + 1], _LINE):
                prefetch(data, line)
                prefetch(indices, line)
        for column in range(columns):
            outputs[record, column] = base[column]
        at, end = indptr[rows[record]], indptr[rows[record] + 1]
        # Four at a time: an output is loaded and stored once for them.
        while at + 4 <= end:
            a, b, c, d = indices[at], indices[at + 1], indices[at + 2], indices[at + 3]
            x_a, x_b = data[at] * factor[a], data[at + 1] * factor[b]
            x_c, x_d = data[at + 2] * factor[c], data[at + 3] * factor[d]
            for column in range(columns):
                outputs[record, column] += (x_a * weights[a, column] + x_b * weights[b, column]) + (
                    x_c * weights[c, column] + x_d * weights[d, column]
                )
            at += 4
        while at < end:
            a = indices[at]
            x_a = data[at] * factor[a]
            for column in range(columns):
                outputs[record, column] += x_a * weights[a, column]
            at += 1


@compiled(
    types.int64(
        READ_ONLY_VECTOR, READ_ONLY_FEATURES, READ_ONLY_INDICES, READ_ONLY_INDICES,
        READ_ONLY_VECTOR, READ_ONLY_VECTOR, READ_ONLY_MATRIX, types.float32[:, ::1],
        types.int32[::1], types.int32[::1], types.int64,
    )
)  # fmt: skip
def backward(
    data: Floats,
    indices: np.ndarray,
    indptr: Indices,
    rows: Indices,
    factor: Floats,
    shift: Floats,
    derivatives: Floats,
    gradient: Floats,
    touched: np.ndarray,
    place: np.ndarray,
    always: int,
) -> int:
    """Sum the gradient of the weights over some compressed rows.

    The gradient has a row for every touched feature: for those that every
    batch touches, which are the first, and for those of the rows. The bias is
    always touched, and the last of the former.

    Parameters
    ----------
    data, indices, indptr, rows, factor, shift
        As for `forward`.
    derivatives
        Shape (records, columns).
    gradient
        Overwritten; a row for each touched feature.
    touched
        The feature that each row of the gradient belongs to.
    place
        The row of the gradient for each feature, if the feature is touched.
    always
        How many features every batch touches.

    Returns
    -------
    int
        How many features are touched.
    """
    columns = derivatives.shape[1]
    gradient[:always] = 0
    count = always
    bias = always - 1
    for record in range(len(rows)):
        for column in range(columns):
            gradient[bias, column] += derivatives[record, column]
        for at in range(indptr[rows[record]], indptr[rows[record] + 1]):
            feature = indices[at]
            row = place[feature]
            if row >= count or touched[row] != feature:
                row = count
                place[feature] = row
                touched[row] = feature
                gradient[row] = 0
                count += 1
            x = data[at] * factor[feature]
            for column in range(columns):
                gradient[row, column] += x * derivatives[record, column]
    for feature in range(len(shift)):
        for column in range(columns):
            gradient[feature, column] -= shift[feature] * gradient[bias, column]
    return count
