"""Many runs of bytes, each of its own length, copied at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]

_LONG: Final = 1 << 16
"""From here on a run is worth a copy of its own."""


def items(array: Bytes, size: int) -> NDArray[Any]:
    """View an array as an item of ``size`` bytes at every position.

    An index of positions then moves whole items: a byte each would take an
    index of its own.
    """
    return np.ndarray((max(0, len(array) - size + 1),), f"V{size}", array, 0, (1,))


def copy_runs(
    source: Bytes, starts: Integers, target: Bytes, places: Integers, sizes: Integers
) -> None:
    """Copy ``source[starts[i]:starts[i] + sizes[i]]`` to ``target`` at ``places[i]``, for all i.

    A run is copied in pieces whose sizes are powers of two, as its length has
    them: so there are as many steps as lengths have digits, however many runs.
    """
    longest = int(sizes.max(initial=0))
    if longest == int(sizes.min(initial=longest)) < _LONG:
        if longest:
            items(target, longest)[places] = items(source, longest)[starts]
        return
    for long in np.flatnonzero(sizes >= _LONG).tolist():
        start, place = int(starts[long]), int(places[long])
        size = int(sizes[long]) // _LONG * _LONG
        target[place : place + size] = source[start : start + size]
    piece = min(_LONG, 1 << longest.bit_length()) // 2
    while piece:
        chosen = np.flatnonzero(sizes & piece)
        done = sizes[chosen] & -2 * piece
        items(target, piece)[places[chosen] + done] = items(source, piece)[starts[chosen] + done]
        piece //= 2


def bounds_of(sizes: NDArray[Any]) -> Integers:
    """Return where each run begins if they stand one behind the other, and where the last ends."""
    bounds = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=bounds[1:])
    return bounds
