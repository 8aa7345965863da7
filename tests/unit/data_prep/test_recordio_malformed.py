"""Bytes that are not recordIO, or not whole: an error with the offset, never anything else."""

import struct
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from data_prep import recordio
from data_prep.recordio import RecordIOError, frames, reader
from tests.unit.data_prep.recordio_bytes import (
    delimited_field,
    dense,
    features_entry,
    float_tensor,
    framed,
    label_entry,
    sparse,
    varint,
)
from tests.unit.data_prep.samples import only_text

LABELS = np.array([1, 0, 200])
DENSE = dense(np.arange(12, dtype=np.float32).reshape(3, 4), LABELS.astype(np.float32))
FILES = {
    "uniform": DENSE,
    "integer labels": dense(np.arange(12, dtype=np.float32).reshape(3, 4), LABELS),
    "integers": dense(np.arange(-6, 300, 34).reshape(3, 3), LABELS),
    "sparse": sparse(scipy.sparse.csr_array(np.eye(3, 300, 2, dtype=np.float32)), LABELS),
}


def ends_of_records(data: bytes) -> list[int]:
    ends, position = [0], 0
    while position < len(data):
        size = struct.unpack_from("<I", data, position + 4)[0]
        position += 8 + size + -size % 4
        ends.append(position)
    return ends


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_file_cut_off_within_a_record_is_refused_at_any_byte(data: bytes) -> None:
    whole = ends_of_records(data)
    for size in set(range(len(data))) - set(whole[1:]):
        with pytest.raises(RecordIOError) as refusal:
            recordio.read(data[:size])
        assert refusal.value.offset == size, f"cut at {size}: {refusal.value}"


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_file_cut_off_between_records_holds_those_before(data: bytes) -> None:
    for count, size in enumerate(ends_of_records(data)[1:], 1):
        _, labels = recordio.read(data[:size])
        assert labels is not None
        np.testing.assert_array_equal(labels, LABELS[:count])


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_wrong_magic_number_is_refused_in_any_record(data: bytes) -> None:
    for start in ends_of_records(data)[:-1]:
        for byte in range(4):
            broken = bytearray(data)
            broken[start + byte] ^= 0x10
            with pytest.raises(RecordIOError, match="magic number 0x") as refusal:
                recordio.read(broken)
            assert refusal.value.offset == start


OTHER_FILES = {
    "nothing": b"",
    "zip": b"PK\x03\x04" * 8,
    "CSV": b"1,2,3\n4,5,6\n",
    "zeros": bytes(100),
}


@pytest.mark.parametrize("data", OTHER_FILES.values(), ids=OTHER_FILES)
def test_something_else_is_refused_at_its_beginning(data: bytes) -> None:
    with pytest.raises(RecordIOError) as refusal:
        recordio.read(data)
    assert refusal.value.offset == 0


def assert_refused_or_read(data: bytes, records: int) -> None:
    offset = None
    try:
        features, labels = recordio.read(data)
    except RecordIOError as refusal:
        offset = refusal.offset
    else:
        assert features.shape[0] == records
        assert labels is None or len(labels) == records
    assert offset is None or 0 <= offset <= len(data)


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
@settings(deadline=None)
@given(position=st.integers(0, 1 << 16), flipped=st.integers(1, 255))
def test_a_broken_byte_is_refused_or_changes_no_count(
    data: bytes, position: int, flipped: int
) -> None:
    broken = bytearray(data)
    broken[position % len(data)] ^= flipped
    assert_refused_or_read(bytes(broken), records=3)


Arrays = list[list[Any]]


def read_arrays(data: bytes) -> Arrays | str:
    """What is read, or why it is refused."""
    try:
        features, labels = recordio.read(data)
    except RecordIOError as refusal:
        return str(refusal)
    parts: list[Any] = (
        [features.data, features.indices, features.indptr]
        if isinstance(features, recordio.SparseRecords)
        else [features]
    )
    if labels is not None:
        parts.append(labels)
    return [part.tolist() for part in parts]


def another_layout(*_: object) -> None:
    """Say that records are of another layout, whatever they are."""


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
@settings(deadline=None)
@given(
    positions=st.lists(st.integers(0, 1 << 16), max_size=3),
    byte=st.integers(0, 255),
    block=st.sampled_from([16, 150, 1 << 20]),
)
def test_reading_at_once_in_blocks_and_one_by_one_agree(
    data: bytes, positions: list[int], byte: int, block: int
) -> None:
    broken = bytearray(data * 2)
    for position in positions:
        broken[position % len(broken)] = byte
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "_BLOCK_BYTES", block)
        at_once = read_arrays(bytes(broken))
        patch.setattr(reader, "read_uniform", another_layout)
        in_blocks = read_arrays(bytes(broken))
        patch.setattr(reader, "read_blocks", another_layout)
        patch.setattr(reader, "parse_lockstep", another_layout)
        one_by_one = read_arrays(bytes(broken))
    np.testing.assert_equal(at_once, one_by_one)
    np.testing.assert_equal(in_blocks, one_by_one)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_random_messages_are_refused_or_read(message: bytes) -> None:
    data = framed(message)
    assert_refused_or_read(data, records=1)


def one(values: bytes) -> bytes:
    """A record whose ``Value`` is an integer tensor with these packed values."""
    return framed(features_entry(delimited_field(7, delimited_field(1, values))))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (framed(b""), "no tensor of numbers as its features"),
        (framed(features_entry(float_tensor([1]), b"other")), "no tensor of numbers"),
        (framed(features_entry(delimited_field(9, b"png"))), "no tensor of numbers"),
        (framed(features_entry(b"")), "no tensor of numbers"),
        (framed(b"\x00\x00"), "0 is not a protobuf field number"),
        (framed(b"\x0e\x00"), "6 is not a protobuf wire type"),
        (framed(b"\x0a\x7f\x00"), "field 1 goes beyond the end of its message"),
        (framed(b"\xff" * 11), "longer than its message or than 64 bits"),
        (framed(b"\x0b\x14"), "group 2 ends within another"),
        (framed(b"\x0b"), "longer than its message"),
        (framed(b"\x0c"), "group 1 ends without a beginning"),
        (one(b"\x01\x80"), "ends within an integer"),
        (one(b"\x01" + b"\x80" * 10 + b"\x01"), "an integer is longer than 64 bits"),
        (
            framed(features_entry(delimited_field(2, delimited_field(1, b"\0\0\0")))),
            "ends within a number",
        ),
        (
            framed(*(features_entry(float_tensor(v)) for v in ([1, 2], [1, 2, 3]))),
            "3 features, but the first record 2",
        ),
        (
            framed(
                features_entry(float_tensor([1])) + label_entry(float_tensor([1])),
                features_entry(float_tensor([1])),
            ),
            "no tensor of numbers as its label",
        ),
        (
            framed(features_entry(float_tensor([1])) + label_entry(float_tensor([1, 2]))),
            "a label of 2 values",
        ),
        (
            framed(features_entry(float_tensor([1])) + label_entry(float_tensor([]))),
            "a label of 0 values",
        ),
        (framed(features_entry(float_tensor([1], keys=[0]))), "has keys, but no shape"),
        (
            framed(features_entry(float_tensor([1], keys=[0, 1], shape=[5]))),
            "1 values, but 2 keys",
        ),
        (framed(features_entry(float_tensor([1], keys=[5], shape=[5]))), "the key 5, but 5"),
        (framed(features_entry(float_tensor([1, 2], shape=[5]))), "2 values, but a shape of 5"),
        (
            framed(features_entry(float_tensor([1], keys=[0], shape=[1 << 40, 1 << 40]))),
            "expected at most",
        ),
    ],
    ids=only_text,
)
def test_a_record_that_makes_no_sense_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(RecordIOError, match=reason):
        recordio.read(data)


def test_the_offset_of_a_monstrous_integer_is_its_own() -> None:
    good, bad = one(varint(5)), one(b"\x01" + b"\x80" * 10 + b"\x01")
    with pytest.raises(RecordIOError) as refusal:
        recordio.read(good + bad)
    assert refusal.value.offset == len(good) + bad.index(b"\x80")


def test_a_length_beyond_the_file_allocates_nothing() -> None:
    data = struct.pack("<II", 0xCED7230A, 0xFFFFFFFF) + bytes(8)
    with pytest.raises(RecordIOError, match="it goes on to byte 4294967304"):
        recordio.read(data)


def test_a_shape_of_many_dimensions_is_refused_without_multiplying_them_all() -> None:
    record = float_tensor([1], keys=[0], shape=[(1 << 62) + 1] * 100_000)
    with pytest.raises(RecordIOError, match="a shape of too many features") as refusal:
        recordio.read(framed(features_entry(record)))
    assert len(str(refusal.value)) < 200
