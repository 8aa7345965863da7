"""CSV: a label and features a line, no header.

Blanks around numbers, a carriage return before the newline and lines with
nothing on them mean nothing; the last newline may be missing. There are no
quotes, so a newline always ends a record.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linear_learner.arrays import Floats
from linear_learner.data.checks import Checks
from linear_learner.data.decoder import Bytes
from linear_learner.data.kernels.csv_rows import NO_ROOM, OTHER_WIDTH, POWERS, parse_lines
from linear_learner.data.place import Place
from linear_learner.data.records import Records
from linear_learner.errors import ClientError

_NEWLINE: Final = 10
_BLANKS: Final = b" \t\r"
_WINDOW: Final = 1 << 16
_SHOWN: Final = 40
"""Characters of a cell that an error shows."""
_UNREAD_CELLS: Final = 1024
_NUMBER: Final = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


class CsvDecoder:
    """A `linear_learner.data.decoder.Decoder` of CSV."""

    def cut(self, data: Bytes) -> int:
        """Return where the last whole line ends."""
        start = len(data)
        while start:
            # Most lines are short, so the last newline is near the end.
            end, start = start, max(0, start - _WINDOW)
            found = data[start:end].tobytes().rfind(b"\n")
            if found >= 0:
                return start + found + 1
        return 0

    def close(self, data: Bytes, size: int, place: Place) -> int:  # noqa: ARG002 - nothing is wrong
        """End the last line, if it is not ended."""
        if data[size - 1] != _NEWLINE:
            data[size] = _NEWLINE
            return size + 1
        return size

    def decode(self, data: Bytes, place: Place, checks: Checks) -> Records:
        """Parse whole lines."""
        width = _count_commas(data)
        if width is None:
            none = np.empty((0, checks.feature_dim or 0), np.float32)
            return Records(none, np.empty(0, np.float32))
        if checks.feature_dim not in (None, width):
            raise place.refuse(0, f"{width} features: expected {checks.feature_dim}")
        # A line with all its cells is no shorter than this.
        rows = len(data) // (2 * (width + 1)) + 1
        features = np.empty((rows, width), np.float32)
        labels = np.empty(rows, np.float32)
        unread = np.empty((max(_UNREAD_CELLS, width + 1), 4), np.int64)
        at, row, status = 0, 0, NO_ROOM
        while status == NO_ROOM:
            status, at, row, cells, left = parse_lines(
                data, at, row, POWERS, features, labels, unread
            )
            _read_cells(data, unread[:left], features, labels, place)
            if status == OTHER_WIDTH:
                raise place.refuse(int(row), f"{cells - 1} features: expected {width}")
        return Records(features[:row], labels[:row])


def _count_commas(data: Bytes) -> int | None:
    """Count the commas of the first line with anything on it; None if there is none."""
    for size in (_WINDOW, len(data)):
        text = data[:size].tobytes()
        start = len(text) - len(text.lstrip(_BLANKS + b"\n"))
        end = text.find(b"\n", start)
        if end >= 0:
            return text.count(b",", start, end)
    return None


def _read_cells(
    data: Bytes, unread: NDArray[np.int64], features: Floats, labels: Floats, place: Place
) -> None:
    """Read the cells that were left: in the order of the file, so that the first fault is told."""
    for row, column, start, end in unread.tolist():
        cell = data[start:end].tobytes().strip(_BLANKS)
        if not _NUMBER.fullmatch(cell):
            raise _refuse(cell, row, column, place)
        with np.errstate(over="ignore"):  # It becomes infinite, and is told as that.
            value = np.float32(float(cell))
        if column:
            features[row, column - 1] = value
        else:
            labels[row] = value


def _refuse(cell: bytes, row: int, column: int, place: Place) -> ClientError:
    shown = cell[:_SHOWN].decode(errors="replace") + ("…" if len(cell) > _SHOWN else "")
    hint = ", and no header" if place.record + row == 0 else ""
    return place.refuse(row, f"column {column}: {shown!r}: expected a finite number{hint}")
