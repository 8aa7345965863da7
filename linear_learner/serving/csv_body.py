"""CSV requests: a record a line, its features in their order, no header."""

from array import array
from reprlib import repr as shortened

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.serving import numbers
from linear_learner.serving.errors import PayloadError
from linear_learner.serving.matrix import finite_matrix


def decode(body: bytes, width: int) -> Floats:
    """Return the features, shape (records, width).

    A number is what Python takes for one (``.5``, ``1.``, ``+1``, ``007``),
    but for its digit grouping. Lines end in any of the usual ways.

    Raises
    ------
    PayloadError
        With record and column, if a line has another number of cells, or a
        cell that is no finite number within float32.
    """
    text = (body.replace(b"\r\n", b"\n") if b"\r" in body else body).strip(b"\n")
    plain = _decode_plain(text, width)
    return _decode_any(text, width) if plain is None else plain


def _decode_plain(text: bytes, width: int) -> Floats | None:
    """Read numbers as JSON writes them, which is much faster; None if there are others."""
    if b"[" in text:
        return None
    try:
        array = numbers.parse(b"".join((b"[", text.replace(b"\n", b","), b"]")))
        values = np.frombuffer(array.as_buffer(of_type="d"))
    except numbers.NOT_PLAIN:
        return None
    if not _all_rows_have(width, text):
        return None
    return finite_matrix(values.reshape(-1, width), width)


def _all_rows_have(width: int, text: bytes) -> bool:
    characters = np.frombuffer(text, np.uint8)
    starts = np.concatenate(([0], np.flatnonzero(characters == ord("\n")) + 1))
    commas = (characters == ord(",")).view(np.uint8)
    return bool((np.add.reduceat(commas, starts, dtype=np.int64) == width - 1).all())


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
