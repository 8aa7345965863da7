"""Lines of numbers, parsed at once.

A number is read as Python's ``float`` reads it and rounded to float32. That
takes no exact arithmetic for nearly all of them: a float64 that is off by a
few units in its last place rounds to the same float32, unless it lies beside
the middle between two of them. Those few cells, and everything that may be no
number, are left to Python.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from linear_learner.compiled import LEAN, compiled

Integer = int | np.int64

DONE, OTHER_WIDTH, NO_ROOM = 0, 1, 2
"""What `parse_lines` ended with."""

_TAB, _NEWLINE, _RETURN, _BLANK, _PLUS, _COMMA, _MINUS, _POINT = 9, 10, 13, 32, 43, 44, 45, 46
_ZERO: Final = np.uint8(48)
_ZERO_64: Final = np.uint64(48)
_ONE: Final = np.uint64(1)
_TEN: Final = np.uint64(10)
_EXACT_DIGITS: Final = np.uint64(15)
_MOST_DIGITS: Final = np.uint64(19)
"""Of integers that a float64 holds, and that 64 bits hold."""
_LOWER_CASE: Final = np.uint8(32)
_LETTER_E = 101

_MANTISSA_LIMIT: Final = np.uint64(10**18)
"""One digit more fits into 64 bits."""
_EXACT_MANTISSA: Final = np.uint64(1 << 53)
_EXACT_POWER = 22
"""Products and quotients of integers and powers of ten up to these are rounded once."""
_LARGEST_EXPONENT = 9999

_LOWEST_POWER, _HIGHEST_POWER = -64, 38
"""Of ten; with a mantissa of 64 bits, beyond them lie 0 and infinity."""
_POWER_0: Final = np.uint64(-_LOWEST_POWER)
POWERS: Final = np.array([float(f"1e{e}") for e in range(_LOWEST_POWER, _HIGHEST_POWER + 1)])

_LOWEST_NORMAL: Final = 1.2e-38
_HIGHEST_NORMAL: Final = 3.4e38
_ROUNDED_TO_ZERO: Final = 7e-46
"""What is less than half of the smallest float32 above 0."""
_DROPPED_BITS: Final = np.uint64((1 << 29) - 1)
_MIDDLE: Final = np.int64(1 << 28)
_DOUBT = 8
"""Units in float64's last place: more than the errors of a conversion, a power and a product."""


@compiled(**LEAN)
def _rounds_clearly(value: np.float64) -> bool | np.bool_:
    """Whether numbers that differ from this one by less than `_DOUBT` have the same float32."""
    from_middle = np.int64(np.float64(value).view(np.uint64) & _DROPPED_BITS) - _MIDDLE
    return _LOWEST_NORMAL < value < _HIGHEST_NORMAL and abs(from_middle) > _DOUBT


@compiled(**LEAN)
def _round(
    mantissa: np.uint64, exact: bool, exponent: Integer, powers: NDArray[np.float64]
) -> tuple[np.float32, bool | np.bool_]:
    """Return the float32 of ``mantissa * 10 ** exponent``, and whether that is certain."""
    if mantissa == 0 or exponent < _LOWEST_POWER:
        return np.float32(0), True
    if exponent > _HIGHEST_POWER:
        return np.float32(np.inf), True
    if exact and mantissa <= _EXACT_MANTISSA and abs(exponent) <= _EXACT_POWER:
        if exponent < 0:
            return np.float32(np.float64(mantissa) / powers[-exponent - _LOWEST_POWER]), True
        return np.float32(np.float64(mantissa) * powers[exponent - _LOWEST_POWER]), True
    value = np.float64(mantissa) * powers[exponent - _LOWEST_POWER]
    if value < _ROUNDED_TO_ZERO:
        return np.float32(0), True
    return np.float32(value), _rounds_clearly(value)


@compiled(**LEAN)
def _parse_digits(
    text: NDArray[np.uint8], at: Integer, mantissa: np.uint64
) -> tuple[Integer, np.uint64, Integer]:
    """Append digits to a mantissa: where they end, and how many no longer had room in it."""
    dropped = 0
    digit = text[at] - _ZERO
    while digit < 10:
        if mantissa < _MANTISSA_LIMIT:
            mantissa = mantissa * _TEN + np.uint64(digit)
        else:
            dropped += 1
        at += 1
        digit = text[at] - _ZERO
    return at, mantissa, dropped


@compiled(**LEAN)
def _parse_exponent(text: NDArray[np.uint8], at: Integer) -> tuple[Integer, Integer]:
    """Parse what follows the letter e: where it ends, -1 if there is no digit."""
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    first, exponent = at, 0
    digit = text[at] - _ZERO
    while digit < 10:
        exponent = min(10 * exponent + np.int64(digit), _LARGEST_EXPONENT)
        at += 1
        digit = text[at] - _ZERO
    return (-1 if at == first else at), (-exponent if negative else exponent)


@compiled(**LEAN)
def _parse_number(
    text: NDArray[np.uint8], at: Integer, powers: NDArray[np.float64]
) -> tuple[Integer, np.float32, bool | np.bool_]:
    """Parse a number: where it ends, its value, and whether that is certain."""
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    first = at
    at, mantissa, dropped = _parse_digits(text, at, np.uint64(0))
    digits, exponent, exact = at - first, dropped, dropped == 0
    if text[at] == _POINT:
        first = at + 1
        at, mantissa, dropped = _parse_digits(text, first, mantissa)
        digits += at - first
        exponent -= at - first - dropped
        exact &= dropped == 0
    if digits == 0:
        return at, np.float32(0), False
    if text[at] | _LOWER_CASE == _LETTER_E:
        end, power = _parse_exponent(text, at + 1)
        if end < 0:
            return at, np.float32(0), False
        at = end
        exponent += power
    value, certain = _round(mantissa, exact, exponent, powers)
    return at, -value if negative else value, certain


@compiled(**LEAN)
def _skip_blanks(text: NDArray[np.uint8], at: Integer) -> Integer:
    while text[at] == _BLANK or text[at] == _TAB or text[at] == _RETURN:
        at += 1
    return at


@compiled(**LEAN)
def _parse_cell(
    text: NDArray[np.uint8], at: Integer, powers: NDArray[np.float64]
) -> tuple[Integer, np.float32, bool | np.bool_]:
    """Parse up to the next comma or newline: where it is, the number, whether it is certain."""
    at, value, certain = _parse_number(text, _skip_blanks(text, at), powers)
    at = _skip_blanks(text, at)
    while text[at] != _COMMA and text[at] != _NEWLINE:
        certain = False
        at += 1
    return at, value, certain


@compiled(**LEAN)
def _take_digits(
    text: NDArray[np.uint8], position: np.uint64, mantissa: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """Append digits to a mantissa, without a look at how many there are."""
    digit = np.uint64(text[position]) - _ZERO_64
    while digit < _TEN:
        mantissa = mantissa * _TEN + digit
        position += _ONE
        digit = np.uint64(text[position]) - _ZERO_64
    return position, mantissa


@compiled(**LEAN)
def _parse_plain_cells(
    text: NDArray[np.uint8],
    at: Integer,
    powers: NDArray[np.float64],
    features: NDArray[np.float32],
    row: Integer,
    column: Integer,
) -> tuple[Integer, Integer]:
    """Parse a line's cells as long as they are a minus, digits and a point, and no more.

    Nearly all are. Its positions are unsigned: numpy's rule for negative ones
    would take more time than the rest.

    Returns
    -------
    Where the first cell is that is not so, or that there is no column for, or
    the next line; and its column.
    """
    cell = position = np.uint64(at)
    while column < features.shape[1]:
        negative = text[position] == _MINUS
        if negative:
            position += _ONE
        first = position
        position, mantissa = _take_digits(text, first, np.uint64(0))
        digits, places = position - first, np.uint64(0)
        if text[position] == _POINT:
            first = position + _ONE
            position, mantissa = _take_digits(text, first, mantissa)
            places = position - first
            digits += places
        ends = text[position] == _COMMA or text[position] == _NEWLINE
        if not ends or digits - _ONE >= _MOST_DIGITS:
            break
        value = np.float64(mantissa) / powers[places + _POWER_0]
        if digits > _EXACT_DIGITS and not _rounds_clearly(value):
            break
        features[row, column] = np.float32(-value if negative else value)
        column += 1
        position += _ONE
        cell = position
        if text[position - _ONE] == _NEWLINE:
            break
    return np.int64(cell), column


@compiled(**LEAN)
def _parse_line(
    text: NDArray[np.uint8],
    at: Integer,
    row: Integer,
    powers: NDArray[np.float64],
    features: NDArray[np.float32],
    labels: NDArray[np.float32],
    unread: NDArray[np.int64],
    left: Integer,
) -> tuple[Integer, Integer, Integer]:
    """Parse a line: where the next one begins, its cells, and the filled rows of ``unread``."""
    column = 0
    while column == 0 or text[at - 1] != _NEWLINE:
        cell = at
        at, value, certain = _parse_cell(text, at, powers)
        if column == 0:
            labels[row] = value
        elif column <= features.shape[1]:
            features[row, column - 1] = value
        if not certain and column <= features.shape[1]:
            unread[left, 0] = row
            unread[left, 1] = column
            unread[left, 2] = cell
            unread[left, 3] = at
            left += 1
        at += 1
        column += 1
        if text[at - 1] != _NEWLINE:
            at, column = _parse_plain_cells(text, at, powers, features, row, column - 1)
            column += 1
    return at, column, left


@compiled(
    "UniTuple(int64, 5)"
    "(uint8[::1], int64, int64, float64[::1], float32[:, ::1], float32[::1], int64[:, ::1])",
    **LEAN,
)
def parse_lines(
    text: NDArray[np.uint8],
    at: Integer,
    row: Integer,
    powers: NDArray[np.float64],
    features: NDArray[np.float32],
    labels: NDArray[np.float32],
    unread: NDArray[np.int64],
) -> tuple[Integer, Integer, Integer, Integer, Integer]:
    """Parse lines of a label and features; empty ones are skipped.

    Parameters
    ----------
    text
        Shape (bytes,): whole lines, the last byte a newline.
    at, row
        Where to begin, and the row that is filled next.
    powers
        `POWERS`.
    features, labels
        Shapes (rows, features) and (rows,): get the numbers.
    unread
        Shape (cells, 4), with no fewer cells than a line: gets the row, the
        column (0 is the label), the beginning and the end of what is left to
        Python.

    Returns
    -------
    status
        `DONE`; `OTHER_WIDTH` if the line at ``at`` has another number of
        cells; `NO_ROOM` if there may be none for the line at ``at``.
    at, row
        Where the next line begins, and its row.
    cells
        How many the line has that has not as many as expected.
    left
        How many rows of ``unread`` are filled.
    """
    expected = features.shape[1] + 1
    left = 0
    while at < len(text):
        line = _skip_blanks(text, at)
        if text[line] == _NEWLINE:
            at = line + 1
            continue
        if row == len(labels) or left + expected > len(unread):
            return NO_ROOM, at, row, 0, left
        following, cells, left_after = _parse_line(
            text, at, row, powers, features, labels, unread, left
        )
        if cells != expected:
            return OTHER_WIDTH, at, row, cells, left
        at = following
        left = left_after
        row += 1
    return DONE, at, row, 0, left
