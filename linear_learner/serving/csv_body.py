"""CSV requests: a record a line, its features in their order, no header."""

from array import array
from reprlib import repr as shortened
from typing import Final

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.serving import numbers
from linear_learner.serving.errors import PayloadError
from linear_learner.serving.lines import with_plain_line_ends
from linear_learner.serving.matrix import finite_matrix

_LINE_END: Final = b"1e99"
"""A number that no cell may hold: it is beyond float32."""


def decode(body: bytes, width: int) -> Floats:
    """Return the features, shape (records, width).

    A number is what Python takes for one (``.5``, ``1.``, ``+1``, ``007``),
    but for its digit grouping. Lines end in any of the usual ways; empty ones
    may follow the last record.

    Raises
    ------
    PayloadError
        With record and column, if a line has another number of cells, or a
        cell that is no finite number within float32.
    """
    text = with_plain_line_ends(body).rstrip(b"\n")
    plain = _decode_plain(text, width)
    return _decode_any(text, width) if plain is None else plain


def _decode_plain(text: bytes, width: int) -> Floats | None:
    """Read numbers as JSON writes them, which is much faster; None if there are others.

    All lines become one array, in which a number that no cell may hold stands
    for the end of each: so the array itself tells how long the lines are.
    """
    if b"[" in text:
        return None
    lines = text.replace(b"\n", b",%b," % _LINE_END)
    try:
        array = numbers.parse(b"[%b,%b]" % (lines, _LINE_END))
        values = np.frombuffer(array.as_buffer(of_type="d"))
    except numbers.NOT_PLAIN:
        return None
    records = 1 + (len(lines) - len(text)) // (len(_LINE_END) + 1)
    if len(values) != records * (width + 1):
        return None
    table = values.reshape(records, width + 1)
    if (table[:, width] != float(_LINE_END)).any():
        return None
    try:
        return finite_matrix(table[:, :width], width)
    except PayloadError:
        return None  # a cell that holds the end of a line would be told at the wrong place


def _decode_any(text: bytes, width: int) -> Floats:
    values = array("d")
    for record, line in enumerate(text.split(b"\n")):
        cells = line.split(b",")
        if len(cells) != width:
            raise PayloadError(f"record {record} has {len(cells)} features: expected {width}")
        try:
            values.extend(map(_number if b"_" in line else float, cells))
        except ValueError:
            raise _refusal(record, cells) from None
    return finite_matrix(np.frombuffer(values).reshape(-1, width), width)


def _refusal(record: int, cells: list[bytes]) -> PayloadError:
    column = next(i for i, cell in enumerate(cells) if not _is_number(cell))
    shown = shortened(cells[column].decode(errors="replace").strip())
    return PayloadError(f"record {record}, column {column}: {shown} is not a number")


def _is_number(cell: bytes) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True


def _number(cell: bytes) -> float:
    # Python's own digit grouping (1_000) is nobody else's.
    if b"_" in cell:
        raise ValueError(cell)
    return float(cell)
