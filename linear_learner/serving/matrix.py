"""Features of a request, checked."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linear_learner.arrays import Floats
from linear_learner.data.records import SparseRows
from linear_learner.serving.errors import PayloadError


def matrix_of_rows(rows: Sequence[Sequence[float]], width: int) -> Floats:
    """Return rows as float32, shape (records, features).

    Raises
    ------
    PayloadError
        With record and column (counted from 0), if a row has another width,
        or a value is not a finite number within float32.
    """
    for record, row in enumerate(rows):
        if len(row) != width:
            raise PayloadError(f"record {record} has {len(row)} features: expected {width}")
    return finite_matrix(np.array(rows, np.float64).reshape(-1, width), width)


def finite_matrix(features: NDArray[Any], width: int) -> Floats:
    """Return a matrix as float32, if it has this width and all of it is finite.

    Raises
    ------
    PayloadError
        As `matrix_of_rows` does.
    """
    if features.shape[1] != width:
        raise PayloadError(f"record 0 has {features.shape[1]} features: expected {width}")
    converted, wrong = _convert(features)
    if wrong is not None:
        record, column = np.unravel_index(wrong, features.shape)
        raise _refusal(int(record), int(column), features[record, column])
    return converted


def sparse_rows(
    data: NDArray[Any], indices: NDArray[Any], indptr: NDArray[np.int64], shape: tuple[int, int]
) -> SparseRows:
    """Return compressed sparse rows, if all values are finite.

    Values of equal columns of a row are added, as in training and as in products.

    Parameters
    ----------
    data, indices, indptr, shape
        As `SparseRows` has them; the indices lie within the shape, in any order.

    Raises
    ------
    PayloadError
        With record and column.
    """
    owners = np.repeat(np.arange(shape[0]), np.diff(indptr))
    places = owners * shape[1] + indices
    if (np.diff(places) <= 0).any():
        places, which = np.unique(places, return_inverse=True)
        data = np.bincount(which, data)
        owners, indices = np.divmod(places, shape[1])
        indptr = np.searchsorted(owners, np.arange(shape[0] + 1))
    converted, wrong = _convert(data)
    if wrong is not None:
        raise _refusal(int(owners[wrong]), int(indices[wrong]), data[wrong])
    return SparseRows(converted, indices.astype(np.int32), indptr, shape)


def _convert(values: NDArray[Any]) -> tuple[Floats, int | None]:
    """Return the values as float32, and where the first stands that is not finite then."""
    with np.errstate(over="ignore"):
        converted = values.astype(np.float32)
    finite = np.isfinite(converted)
    return converted, None if finite.all() else int(np.argmin(finite))


def _refusal(record: int, column: int, value: float) -> PayloadError:
    reason = "is beyond float32" if math.isfinite(value) else "is not finite"
    return PayloadError(f"record {record}, column {column}: {float(value)!r} {reason}")
