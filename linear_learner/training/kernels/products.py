"""Products of records and weights: those of compressed rows, and the gathering of dense ones.

Weights have a row a feature and, below, one for the bias; a record is scaled
on its way: ``(value - mean) * factor``.
"""

from typing import Any, Final

import numpy as np
from numba import types

from linear_learner.arrays import Floats, Indices
from linear_learner.training.kernels.vectors import Lanes, for_columns, item, kernel, prefetch

READ_ONLY_VECTOR: Final = types.Array(types.float32, 1, "C", readonly=True)
READ_ONLY_MATRIX: Final = types.Array(types.float32, 2, "C", readonly=True)
READ_ONLY_INDICES: Final = types.Array(types.int64, 1, "C", readonly=True)
READ_ONLY_FEATURES: Final = types.Array(types.int32, 1, "C", readonly=True)

_LINE: Final = 16
"""Values in a cache line, on most processors."""

_AHEAD, _FAR_AHEAD = 3, 8
"""Rows that are fetched before their turn, and rows whose bounds are."""

_ZERO: Final = np.float32(0)


@kernel(
    types.void(
        READ_ONLY_MATRIX, READ_ONLY_INDICES, READ_ONLY_VECTOR, READ_ONLY_VECTOR,
        types.float32[:, ::1],
    ),
)  # fmt: skip
def gather(features: Floats, rows: Indices, mean: Floats, factor: Floats, batch: Floats) -> None:
    """Copy some rows, scaled; columns of the batch beyond the features are left alone."""
    for record in range(len(rows)):
        row = rows[record]
        for feature in range(features.shape[1]):
            centred = features[row, feature] - mean[feature]
            batch[record, feature] = centred * factor[feature]


@kernel(
    types.void(
        READ_ONLY_VECTOR, READ_ONLY_FEATURES, READ_ONLY_INDICES, READ_ONLY_INDICES,
        READ_ONLY_VECTOR, READ_ONLY_VECTOR, types.float32[:, ::1],
    ),
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


def _forward_by(lanes: Lanes) -> Any:  # noqa: ANN401 - numba has no types
    load, store, of = lanes.load, lanes.store, lanes.of

    def forward_by(
        column: int,
        data: Floats,
        indices: np.ndarray,
        at: int,
        end: int,
        factor: Floats,
        weights: Floats,
        base: Floats,
        outputs: Floats,
        record: int,
    ) -> None:
        """Write some outputs of one compressed row; two sums at once hide each other's delay."""
        even, odd = load(base, 0, column), of(_ZERO)
        for first in range(at, end - 1, 2):
            a, b = item(indices, first), item(indices, first + 1)
            even = even + load(weights, a, column) * (item(data, first) * item(factor, a))
            odd = odd + load(weights, b, column) * (item(data, first + 1) * item(factor, b))
        if (end - at) & 1:
            a = item(indices, end - 1)
            even = even + load(weights, a, column) * (item(data, end - 1) * item(factor, a))
        store(outputs, record, column, even + odd)

    return forward_by


def _backward_by(lanes: Lanes) -> Any:  # noqa: ANN401 - numba has no types
    load, store = lanes.load, lanes.store

    def backward_by(
        column: int,
        data: Floats,
        indices: np.ndarray,
        at: int,
        end: int,
        factor: Floats,
        derivatives: Floats,
        record: int,
        gradient: Floats,
        place: np.ndarray,
    ) -> None:
        """Add one compressed row's part to some columns of the gradient."""
        derivative = load(derivatives, record, column)
        for index in range(at, end):
            feature = item(indices, index)
            row = item(place, feature)
            x = item(data, index) * item(factor, feature)
            store(gradient, row, column, load(gradient, row, column) + derivative * x)

    return backward_by


_forward_row = for_columns(_forward_by)
_backward_row = for_columns(_backward_by)


@kernel(
    types.void(
        READ_ONLY_VECTOR, READ_ONLY_FEATURES, READ_ONLY_INDICES, READ_ONLY_INDICES,
        READ_ONLY_VECTOR, READ_ONLY_MATRIX, READ_ONLY_MATRIX, types.float32[:, ::1],
    ),
)  # fmt: skip
def forward(
    data: Floats,
    indices: np.ndarray,
    indptr: Indices,
    rows: Indices,
    factor: Floats,
    weights: Floats,
    base: Floats,
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
    weights
        Shape (at least features, columns).
    base
        The outputs of a record of zeros, shape (1, columns).
    outputs
        Shape (records, columns).
    """
    columns = weights.shape[1]
    for record in range(len(rows)):
        if record + _FAR_AHEAD < len(rows):
            prefetch(indptr, rows[record + _FAR_AHEAD])
        if record + _AHEAD < len(rows):
            following = rows[record + _AHEAD]
            for line in range(indptr[following], indptr[following + 1], _LINE):
                prefetch(data, line)
                prefetch(indices, line)
        at, end = indptr[rows[record]], indptr[rows[record] + 1]
        _forward_row(columns, (data, indices, at, end, factor, weights, base, outputs, record))


@kernel(
    types.int64(
        READ_ONLY_VECTOR, READ_ONLY_FEATURES, READ_ONLY_INDICES, READ_ONLY_INDICES,
        READ_ONLY_VECTOR, READ_ONLY_VECTOR, READ_ONLY_MATRIX, types.float32[:, ::1],
        types.int32[::1], types.int32[::1], types.int64,
    ),
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
    data, indices, indptr, rows, factor
        As for `forward`.
    shift
        ``mean * factor`` of every feature; empty where there is no mean.
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
    count = always
    if always < len(place):
        for record in range(len(rows)):
            if record + 1 < len(rows):
                following = rows[record + 1]
                for index in range(indptr[following], indptr[following + 1]):
                    prefetch(place, item(indices, index))
            for index in range(indptr[rows[record]], indptr[rows[record] + 1]):
                feature = item(indices, index)
                row = item(place, feature)
                if row >= count or item(touched, row) != feature:
                    place[feature] = count
                    touched[count] = feature
                    count += 1
    gradient[:count] = 0
    bias = always - 1
    for record in range(len(rows)):
        for column in range(columns):
            gradient[bias, column] += derivatives[record, column]
        at, end = indptr[rows[record]], indptr[rows[record] + 1]
        _backward_row(
            columns, (data, indices, at, end, factor, derivatives, record, gradient, place)
        )
    for feature in range(len(shift)):
        for column in range(columns):
            gradient[feature, column] -= shift[feature] * gradient[bias, column]
    return count
