"""Rows of numbers, checked and made a matrix."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linear_learner.arrays import Floats
from linear_learner.serving.errors import PayloadError


def matrix_of_rows(rows: Sequence[Sequence[float]], width: int) -> Floats:
    """Return rows as float32, shape (records, features).

    Raises
    ------
    PayloadError
        With record and column (counted from 0), if a row has another width,
        or a value is not a finite number.
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
    with np.errstate(over="ignore"):
        converted = features.astype(np.float32)
    finite = np.isfinite(converted)
    if not finite.all():
        record, column = np.argwhere(~finite)[0]
        value = float(features[record, column])
        reason = "is beyond float32" if math.isfinite(value) else "is not finite"
        raise PayloadError(f"record {record}, column {column}: {value!r} {reason}")
    return converted
