"""A stream of records is cut where a record ends, whatever its bytes are."""

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_prep import recordio
from data_prep.recordio import RecordIOError, end_of_last_record
from data_prep.recordio.frames import find_frames
from tests.unit.data_prep.recordio_bytes import dense, framed

MAGIC = struct.pack("<I", 0xCED7230A)

MESSAGES = st.lists(
    st.binary(max_size=20)
    | st.lists(st.sampled_from([MAGIC, bytes(4), b"\4\0\0\0", b"abc"]), max_size=6).map(b"".join),
    max_size=8,
)


def ends_of_frames(messages: list[bytes]) -> list[int]:
    return np.cumsum([0, *(len(framed(message)) for message in messages)]).tolist()


@settings(deadline=None, max_examples=300)
@given(MESSAGES, st.integers(0, 1 << 16))
def test_the_end_is_that_of_the_last_record_that_is_whole(messages: list[bytes], cut: int) -> None:
    data = framed(*messages)
    cut %= len(data) + 1
    whole = max(end for end in ends_of_frames(messages) if end <= cut)
    assert end_of_last_record(data[:cut]) == whole


@settings(deadline=None, max_examples=300)
@given(MESSAGES.filter(bool))
def test_every_message_is_found_also_with_the_magic_number_within(messages: list[bytes]) -> None:
    data = framed(*messages)
    found = [
        data[start:end]
        for frames in find_frames(np.frombuffer(data, np.uint8))
        for start, end in zip(frames.starts.tolist(), frames.ends.tolist(), strict=True)
    ]
    assert found == messages


@pytest.mark.parametrize(("size", "records"), [(1000, 4000), (3 << 20, 3)], ids=["short", "long"])
def test_records_are_found_across_blocks(size: int, records: int) -> None:
    data = framed(*[bytes(size)] * records)
    frames = list(find_frames(np.frombuffer(data, np.uint8)))
    assert len(frames) > 1, "the premise: there are several blocks"
    assert sum(len(block.starts) for block in frames) == records
    assert end_of_last_record(data) == len(data)
    assert end_of_last_record(data[:-1]) == len(data) - len(framed(bytes(size)))


def test_a_stream_in_pieces_gives_the_records_of_the_whole() -> None:
    features = np.arange(600, dtype=np.float32).reshape(100, 6)
    data = dense(features)
    kept = b""
    parts: list[Any] = []
    for start in range(0, len(data), 333):
        kept += data[start : start + 333]
        end = end_of_last_record(kept)
        parts.append(recordio.read(kept[:end])[0])
        kept = kept[end:]
    assert kept == b""
    assert np.concatenate(parts).tolist() == features.tolist()


def test_a_record_that_begins_with_another_number_is_refused_where_it_stands() -> None:
    good = framed(b"abc", b"defg")
    with pytest.raises(RecordIOError, match="magic number 0x00000000") as refusal:
        end_of_last_record(good + bytes(8))
    assert refusal.value.offset == len(good)


def test_the_beginning_of_a_header_is_waited_for() -> None:
    assert end_of_last_record(framed(b"abc") + MAGIC + b"\1\0\0") == len(framed(b"abc"))
    assert end_of_last_record(b"") == 0
