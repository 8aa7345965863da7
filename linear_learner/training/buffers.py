"""Arrays that vectors are loaded from."""

from typing import Final

import numpy as np

from linear_learner.arrays import Floats

_LINE: Final = 64
"""Bytes of a cache line: a vector that lies in two of them takes twice as long."""


def aligned_zeros(rows: int, columns: int) -> Floats:
    """Return zeros, shape (rows, columns), that begin with a cache line.

    The operating system gives memory for what is written to.
    """
    items = rows * columns
    room = np.zeros(items + _LINE // 4, np.float32)
    start = -room.ctypes.data % _LINE // 4
    return room[start : start + items].reshape(rows, columns)
