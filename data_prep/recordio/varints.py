"""Many varints at once."""

import numpy as np
from numpy.typing import NDArray

MAXIMUM_LENGTH = 10
"""Bytes of the longest varint: 64 bits, seven at a time."""


class VarintError(ValueError):
    """A varint that is longer than 64 bits admit.

    Attributes
    ----------
    position
        Where it begins, in bytes from the beginning of what was decoded.
    """

    def __init__(self, position: int) -> None:
        super().__init__(f"the varint at byte {position} is longer than {MAXIMUM_LENGTH} bytes")
        self.position = position


def encode(values: NDArray[np.uint64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Encode integers one behind the other.

    Parameters
    ----------
    values
        Shape (n,).

    Returns
    -------
    encoded
        The bytes of all of them.
    ends
        Shape (n + 1,): the bytes of ``values[i]`` are ``encoded[ends[i]:ends[i + 1]]``.
    """
    highest = int(values.max(initial=0))
    width = max(1, -(-highest.bit_length() // 7))
    digits = np.empty((len(values), width), np.uint8)
    lengths = np.ones(len(values), np.int64)
    for place in range(width):
        rest = values >> np.uint64(7 * place)
        more = rest > 0x7F
        digits[:, place] = (rest & np.uint64(0x7F)) | (more.astype(np.uint64) << np.uint64(7))
        lengths += more
    ends = np.concatenate(([0], np.cumsum(lengths)))
    if width == 1:
        return digits.ravel(), ends
    return digits[np.arange(width) < lengths[:, None]], ends


def decode(encoded: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Decode integers that stand one behind the other.

    Parameters
    ----------
    encoded
        Whole varints: the last byte ends one. Bits beyond the 64th are
        dropped, as protobuf does.

    Raises
    ------
    VarintError
        If one is longer than ten bytes.
    """
    ends = np.flatnonzero(encoded < 0x80)
    starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.int64)[: len(ends)]
    lengths = ends - starts + 1
    too_long = np.flatnonzero(lengths > MAXIMUM_LENGTH)
    if len(too_long):
        raise VarintError(int(starts[too_long[0]]))
    values = (encoded[starts] & 0x7F).astype(np.uint64)
    for place in range(1, int(lengths.max(initial=1))):
        longer = np.flatnonzero(lengths > place)
        digits = (encoded[starts[longer] + place] & 0x7F).astype(np.uint64)
        values[longer] |= digits << np.uint64(7 * place)
    return values
