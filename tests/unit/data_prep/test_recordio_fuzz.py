"""Thousands of damaged files: a `RecordIOError` with an offset, or records; never anything else."""

import random
import struct

import numpy as np
import pytest
from numpy.typing import NDArray

from data_prep import recordio
from data_prep.recordio import RecordIOError, SparseRecords, end_of_last_record, frames
from tests.unit.data_prep.recordio_bytes import dense, framed, sparse

FILES = 2000
MAGIC = struct.pack("<I", 0xCED7230A)
TELLING_BYTES = bytes([0, 1, 2, 8, 0x0A, 0x12, 0x1A, 0x3A, 0x7F, 0x80, 0x81, 0xFE, 0xFF])
TYPES = (np.float32, np.float64, np.int64)


def written(choose: random.Random) -> bytes:
    """A file of a few records, sparse or dense, of one type or another."""
    numbers = np.random.default_rng(choose.getrandbits(32))
    rows, width = choose.choice([1, 2, 5]), choose.choice([1, 3, 20, 300, 20_000])
    labels = numbers.integers(-3, 300, rows).astype(choose.choice(TYPES))
    given = choose.choice([labels, None])
    if width <= 20 and choose.random() < 0.5:
        values = numbers.integers(-200, 200, (rows, width))
        return dense(values.astype(choose.choice(TYPES)), given)
    counts: NDArray[np.int64] = numbers.integers(0, min(width, 30) + 1, rows)
    stored = int(counts.sum())
    matrix = SparseRecords(
        data=numbers.integers(-200, 200, stored).astype(choose.choice(TYPES)),
        indices=numbers.integers(0, width, stored),
        indptr=np.cumsum([0, *counts]),
        shape=(rows, width),
    )
    return sparse(matrix, given)


def damaged(data: bytes, choose: random.Random) -> bytes:
    """Change bytes, cut off, insert, or frame anew what has been changed."""
    at = choose.randrange(len(data))
    few = bytes(choose.choices(TELLING_BYTES, k=choose.choice([1, 2, 4, 11])))
    message = data[8 : 8 + struct.unpack_from("<I", data, 4)[0]]
    within = at % len(message)
    ways = [
        data[:at] + few + data[at + len(few) :],
        data[:at],
        data[:at] + few + data[at:],
        data[:at] + data[at + len(few) :],
        data[: at // 4 * 4] + MAGIC + data[at // 4 * 4 + 4 :],
        data + written(choose),
        framed(message[:within] + few + message[within + choose.choice([0, len(few)]) :]) + data,
    ]
    return choose.choice(ways)


def offset_of_refusal(data: bytes) -> int | None:
    """Read the data, and say where they are refused, if they are."""
    try:
        features, labels = recordio.read(data)
    except RecordIOError as refusal:
        return refusal.offset
    assert labels is None or len(labels) == features.shape[0], data.hex()
    return None


def cut_or_refusal(data: bytes) -> int:
    """Find where the data can be cut, or where they are refused."""
    try:
        return end_of_last_record(data)
    except RecordIOError as refusal:
        return refusal.offset


def test_a_damaged_file_is_refused_with_an_offset_or_read(monkeypatch: pytest.MonkeyPatch) -> None:
    choose = random.Random(20)  # noqa: S311 - nothing secret
    refused = 0
    for _ in range(FILES):
        monkeypatch.setattr(frames, "_BLOCK_BYTES", choose.choice([64, 256, 1 << 20]))
        data = damaged(written(choose), choose)
        offset = offset_of_refusal(data)
        refused += offset is not None
        assert offset is None or 0 <= offset <= len(data), data.hex()
        assert 0 <= cut_or_refusal(data) <= len(data), data.hex()
    assert FILES / 3 < refused < FILES
