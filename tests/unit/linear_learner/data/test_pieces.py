"""Cutting a stream: wherever it is cut, the records are the same."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linear_learner.data import pieces
from linear_learner.data.place import Place
from linear_learner.errors import ClientError
from tests.unit.linear_learner.data.samples import (
    REGRESSOR,
    WRITERS,
    decoded,
    decoder_of,
    equal,
    table,
    together,
)

KINDS = pytest.mark.parametrize("kind", WRITERS)


@KINDS
@settings(deadline=None)
@given(
    records=st.integers(1, 40),
    width=st.integers(1, 9),
    size=st.integers(16, 3_000),
    seed=st.integers(0, 9),
)
def test_any_size_of_pieces_gives_the_same_records(
    kind: str, records: int, width: int, size: int, seed: int
) -> None:
    data = table(records, width, 0.7, seed)
    content = WRITERS[kind](data)
    cut = decoded(kind, content, size=size)
    assert equal(together(piece.records for piece in cut), data)
    ends = [piece.place.offset + piece.size for piece in cut]
    assert [piece.place.offset for piece in cut] == [0, *ends[:-1]]
    assert ends[-1] == len(content)
    counted = np.cumsum([0, *(len(piece.records) for piece in cut)])
    assert [piece.place.record for piece in cut] == counted[:-1].tolist()


class Dribble(io.BytesIO):
    """Gives a few bytes at a time, as a FIFO may."""

    def readinto(self, buffer: memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().readinto(buffer[:7])


@KINDS
def test_how_the_bytes_come_does_not_change_the_cuts(kind: str) -> None:
    content = WRITERS[kind](table(50))
    place = Place("train", "part-0")
    slow = pieces.read_pieces(Dribble(content), decoder_of(kind), place, REGRESSOR, 300)
    fast = decoded(kind, content, size=300)
    assert [(p.place, p.size) for p in slow] == [(p.place, p.size) for p in fast]


@KINDS
def test_what_is_decoded_outlives_the_buffer(kind: str) -> None:
    data = table(1, 300)
    first, *_ = decoded(kind, WRITERS[kind](data) * 3, size=1 << 12)
    assert equal(together([first.records.rows(0, 1)]), data)


@KINDS
def test_nothing_is_no_piece(kind: str) -> None:
    assert decoded(kind, b"") == []


@KINDS
def test_a_record_without_an_end_is_refused_in_time(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LARGEST_RECORD", 1 << 12)
    first = WRITERS[kind](table(2))
    endless = first + (b"1," if kind == "csv" else first[:4] + b"\xff\xff\xff\x7f") + bytes(1 << 14)
    with pytest.raises(ClientError, match="record 2: is longer than 4096 bytes"):
        decoded(kind, endless, size=256)


@pytest.mark.parametrize("kind", ["dense", "sparse"])
@settings(deadline=None)
@given(cut=st.integers(1, 30))
def test_a_file_that_ends_within_a_record_is_refused(kind: str, cut: int) -> None:
    content = WRITERS[kind](table(3))
    with pytest.raises(ClientError, match=r"train, file part-0, record 2: byte \d+ of the file"):
        decoded(kind, content[:-cut], size=1 << 10)
