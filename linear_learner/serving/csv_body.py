"""CSV requests: a record a line, its features in their order, no header."""

from reprlib import repr as shortened

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.serving import numbers
from linear_learner.serving.errors import PayloadError
from linear_learner.serving.matrix import finite_matrix, matrix_of_rows


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
    return matrix_of_rows(_cells(text), width) if plain is None else plain


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


def _cells(text: bytes) -> list[list[float]]:
    rows: list[list[float]] = []
    for record, line in enumerate(text.split(b"\n")):
        row: list[float] = []
        for column, cell in enumerate(line.split(b",")):
            try:
                row.append(_number(cell))
            except ValueError:
                shown = shortened(cell.decode(errors="replace").strip())
                raise PayloadError(
                    f"record {record}, column {column}: {shown} is not a number"
                ) from None
        rows.append(row)
    return rows


def _number(cell: bytes) -> float:
    # Python's own digit grouping (1_000) is nobody else's.
    if b"_" in cell:
        raise ValueError(cell)
    return float(cell)
