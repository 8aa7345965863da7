"""Many varints at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]

Unsigned = NDArray[np.unsignedinteger[Any]]

MAXIMUM_LENGTH: Final = 10
"""Bytes of the longest varint: 64 bits, seven at a time."""

_DIGITS: Final = {
    np.dtype(f"<u{size}"): np.array(
        [int.from_bytes(b"\x7f" * length, "little") for length in range(size + 1)], f"<u{size}"
    )
    for size in (4, 8)
}
"""The bits of a varint's digits in the word that it begins, by its length."""


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


def lengths(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return how many bytes the varint of each integer takes.

    Parameters
    ----------
    values
        None is negative: those of 64 bits are encoded as they are without a sign.
    """
    longest = -(-int(values.max(initial=0)).bit_length() // 7)
    counted = np.ones(len(values), np.uint8)
    for place in range(1, longest):
        counted += values >= 1 << 7 * place
    return counted


def put(target: Bytes, places: Integers, values: NDArray[Any], lengths: NDArray[np.uint8]) -> None:
    """Write varints into an array of bytes.

    All digits of the longest are written for each, the last digit first: what
    is too much is overwritten by the digits of those that stand behind it in
    the array. Behind the last one of a run up to `MAXIMUM_LENGTH` - 1 bytes are
    spoilt, and are to be written later.

    Parameters
    ----------
    target
        Has room for the longest varint at each place.
    places
        Where each begins, in ascending order.
    """
    last_digits = lengths - 1
    for place in reversed(range(int(lengths.max(initial=1)))):
        digits = (values >> 7 * place).astype(np.uint8) & np.uint8(0x7F)
        digits |= (last_digits > place).view(np.uint8) << np.uint8(7)
        target[place:][places] = digits


def decode(encoded: Bytes) -> tuple[Unsigned, Integers]:
    """Decode integers that stand one behind the other.

    Parameters
    ----------
    encoded
        Whole varints: the last byte ends one. Bits beyond the 64th are
        dropped, as protobuf does.

    Returns
    -------
    values
        As uint8, uint32 or uint64: the narrowest for the longest varint.
    ends
        The position behind each one's last byte.

    Raises
    ------
    VarintError
        If one is longer than ten bytes.
    """
    ends = np.flatnonzero(encoded < 0x80) + 1
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))[: len(ends)]
    sizes = ends - starts
    longest = int(sizes.max(initial=1))
    if longest == 1:
        return encoded, ends
    if longest > MAXIMUM_LENGTH:
        raise VarintError(int(starts[np.argmax(sizes > MAXIMUM_LENGTH)]))
    values = _gather_digits(encoded, starts, sizes, np.dtype("<u4" if longest <= 4 else "<u8"))
    for place in range(8, longest):
        longer = np.flatnonzero(sizes > place)
        digits = (encoded[starts[longer] + place] & 0x7F).astype(np.uint64)
        values[longer] |= digits << np.uint64(7 * place)
    return values, ends


def _gather_digits(
    encoded: Bytes, starts: Integers, sizes: Integers, word: np.dtype[Any]
) -> Unsigned:
    """Decode what fits into one word: the bytes are read as one, and moved together."""
    padded = np.zeros(len(encoded) + word.itemsize, np.uint8)
    padded[: len(encoded)] = encoded
    words = np.ndarray((len(encoded),), word, padded, 0, (1,))
    digits = words.take(starts) & _DIGITS[word].take(sizes, mode="clip")
    values: NDArray[Any] = digits & 0x7F
    for place in range(1, word.itemsize):
        values |= digits >> place & 0x7F << 7 * place
    return values
