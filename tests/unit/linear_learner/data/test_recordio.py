"""recordIO: the compiled loop and the general reader agree, also on what they refuse."""

import io
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from data_prep.recordio import read, write_dense, write_sparse
from data_prep.recordio.wire import delimited, frame_header, padding, tag, tensor_header, varint
from linear_learner.data.kernels.sparse_records import OTHER_LAYOUT, decode_sparse
from linear_learner.data.records import Records, SparseRows
from linear_learner.errors import ClientError
from tests.unit.linear_learner.data.samples import (
    BINARY,
    decoded,
    dense_bytes,
    equal,
    plain,
    sparse_bytes,
    table,
    together,
)


def at_once(content: bytes) -> tuple[int, Records]:
    """Decode by the compiled loop alone: how many records, and which."""
    raw = np.frombuffer(bytearray(content), np.uint8)
    values, columns = np.empty(len(raw), np.float32), np.empty(len(raw), np.int32)
    labels, bounds = np.empty(len(raw)), np.empty(len(raw) + 1, np.int64)
    records, width, stored, _ = map(int, decode_sparse(raw, values, columns, bounds, labels))
    if records == OTHER_LAYOUT:
        return OTHER_LAYOUT, Records(np.empty((0, 0), np.float32), np.empty(0, np.float32))
    rows = SparseRows(values[:stored], columns[:stored], bounds[: records + 1], (records, width))
    return records, Records(rows, labels[:records].astype(np.float32))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Files of the SDK's sparse records: any widths, types of values and of labels."""
    random = np.random.default_rng(draw(st.integers(0, 99)))
    records, width = (
        draw(st.integers(1, 30)),
        draw(st.sampled_from([1, 5, 127, 128, 20_000, 1 << 27])),
    )
    stored = draw(st.integers(0, min(width, 60)))
    columns = [
        np.sort(random.choice(min(width, 1 << 20), stored, replace=False)) for _ in range(records)
    ]
    values = random.normal(size=records * stored)
    matrix = scipy.sparse.csr_array(
        (
            values.astype(draw(st.sampled_from([np.float32, np.float64]))),
            np.concatenate(columns),
            stored * np.arange(records + 1),
        ),
        (records, width),
    )
    labels = random.integers(0, draw(st.sampled_from([2, 100, 1 << 20])), records)
    label_type = draw(st.sampled_from([np.float32, np.float64, np.int64]))
    sink = io.BytesIO()
    write_sparse(sink, matrix, labels.astype(label_type))
    return sink.getvalue()


@settings(deadline=None)
@given(files())
def test_both_readers_agree(content: bytes) -> None:
    features, labels = read(content)
    records, read_at_once = at_once(content)
    assert labels is not None
    assert not isinstance(features, np.ndarray)
    assert records == len(labels), "no other layout than the SDK's"
    rows = read_at_once.features
    assert isinstance(rows, SparseRows)
    assert rows.shape == features.shape
    assert np.array_equal(rows.data, features.data.astype(np.float32))
    assert np.array_equal(rows.indices, features.indices)
    assert np.array_equal(rows.indptr, features.indptr)
    assert np.array_equal(read_at_once.labels, labels.astype(np.float32))


@settings(deadline=None)
@given(files(), st.data())
def test_damaged_bytes_never_make_the_compiled_loop_say_more_than_the_reader(
    content: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    records, read_at_once = at_once(bytes(damaged))
    if records != OTHER_LAYOUT:
        features, labels = read(bytes(damaged))
        assert labels is not None
        assert not isinstance(features, np.ndarray)
        with np.errstate(over="ignore", invalid="ignore"):
            assert np.array_equal(
                read_at_once.features.data, features.data.astype(np.float32), equal_nan=True
            )
            assert np.array_equal(read_at_once.labels, labels.astype(np.float32), equal_nan=True)


def record(features: bytes, label: bytes = bytes.fromhex("0a040000803f")) -> bytes:
    """Frame a record of two encoded float32 tensors."""
    payload = (
        tensor_header(1, 2, len(features)) + features + tensor_header(2, 2, len(label)) + label
    )
    return frame_header(len(payload)) + payload + bytes(padding(len(payload)))


def tensor(values: Sequence[float], keys: Sequence[int], width: int | None) -> bytes:
    """Encode a tensor in the SDK's order."""
    parts = [
        (1, np.array(values, np.float32).tobytes()),
        (2, b"".join(map(varint, keys))),
        (3, b"" if width is None else varint(width)),
    ]
    return b"".join(delimited(field, len(part)) + part for field, part in parts if part)


def reversed_fields(values: Sequence[float], keys: Sequence[int], width: int) -> bytes:
    """Encode a tensor as the SDK does not, but protobuf allows: keys before values."""
    packed = b"".join(map(varint, keys))
    encoded = np.array(values, np.float32).tobytes()
    return (
        delimited(3, len(varint(width)))
        + varint(width)
        + delimited(2, len(packed))
        + packed
        + delimited(1, len(encoded))
        + encoded
    )


@pytest.mark.parametrize("encode", [tensor, reversed_fields])
def test_columns_rise_and_equal_ones_are_added(
    encode: Callable[[Sequence[float], Sequence[int], int], bytes],
) -> None:
    content = b"".join(
        record(encode(values, keys, 9))
        for values, keys in [
            ([1, 2], [3, 7]),
            ([1, 2, 4, 8], [7, 3, 7, 0]),
            ([1, 1, 1], [5, 5, 5]),
            ([4], [8]),
        ]
    )
    (piece,) = decoded("sparse", content)
    assert plain(piece.records.features).tolist() == [
        [0, 0, 0, 1, 0, 0, 0, 2, 0],
        [8, 0, 0, 2, 0, 0, 0, 5, 0],
        [0, 0, 0, 0, 0, 3, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 4],
    ]


def test_records_without_values_are_records() -> None:
    content = record(tensor([], [], 4)) + record(tensor([1], [2], 4)) + record(tensor([], [], 4))
    (piece,) = decoded("sparse", content)
    assert plain(piece.records.features).tolist() == [[0] * 4, [0, 0, 1, 0], [0] * 4]


GOOD = record(tensor([1, 2], [0, 3], 4))


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (
            record(tensor([1], [4], 4)),
            r"byte \d+ of the file: the record has the key 4, but 4 feat",
        ),
        (
            record(tensor([1], [1 << 40], 4)),
            r"the record has the key 1099511627776, but 4 features",
        ),
        (record(tensor([1], [0, 1], 4)), "has 1 values, but 2 keys"),
        (record(tensor([1], [0], None)), "has keys, but no shape"),
        (record(tensor([1], [0], 5)), "5 features: expected 4"),
        (record(tensor([1], [0], 1 << 40)), "1099511627776 features: expected 4"),
        (
            record(tensor([1, 2, 3, 4], [], None)),
            "is dense: expected a sparse one, as those before",
        ),
        (record(tensor([1], [0], 4), b""), "label of 0 values: expected one"),
        (record(tensor([1], [0], 4), bytes(10)), "byte"),
        (GOOD[:8] + GOOD[8:].replace(b"values", b"valuez"), "features"),
        (b"\x00" + GOOD[1:], r"byte \d+ of the file: magic number 0xced72300: expected"),
        (GOOD[:4] + b"\xff\xff\x00\x00" + GOOD[8:], "cut off"),
        (GOOD[:-1], "cut off"),
        (GOOD[:6], "cut off"),
    ],
)
def test_what_is_wrong_is_told_by_the_number_of_the_record(second: bytes, reason: str) -> None:
    for before in (1, 20):
        with pytest.raises(ClientError, match=f"file part-0, record {before}: .*{reason}"):
            decoded("sparse", before * GOOD + second, BINARY, 256)


def test_a_width_beyond_what_columns_can_count_is_refused() -> None:
    content = record(tensor([1], [0], 1 << 31))
    with pytest.raises(ClientError, match="record 0: 2147483648 features: expected at most 21474"):
        decoded("sparse", content)


def test_labels_of_any_type_are_taken() -> None:
    data = table(9)
    for dtype in (np.float64, np.int64, np.uint8):
        labels = data.labels.astype(dtype)
        dense, sparse = io.BytesIO(), io.BytesIO()
        write_dense(dense, data.features, labels)
        write_sparse(sparse, scipy.sparse.csr_matrix(data.features), labels)
        assert equal(together(piece.records for piece in decoded("dense", dense.getvalue())), data)
        assert equal(
            together(piece.records for piece in decoded("sparse", sparse.getvalue())), data
        )


def test_records_without_labels_are_refused() -> None:
    data = table(3)
    sink = io.BytesIO()
    write_dense(sink, data.features)
    for content, number in ((sink.getvalue(), 0), (dense_bytes(data) + sink.getvalue(), 3)):
        with pytest.raises(ClientError, match=f"record {number}: .*label"):
            decoded("dense", content, BINARY)
    sink = io.BytesIO()
    write_sparse(sink, scipy.sparse.csr_matrix(data.features))
    with pytest.raises(ClientError, match=r"record 3: .*label"):
        decoded("sparse", sparse_bytes(data) + sink.getvalue(), BINARY)


def test_other_fields_of_a_record_mean_nothing() -> None:
    uid = tag(3, 2) + varint(3) + b"abc"
    payload = GOOD[8 : 8 + int.from_bytes(GOOD[4:8], "little")] + uid
    other = frame_header(len(payload)) + payload + bytes(padding(len(payload)))
    read_both = together(piece.records for piece in decoded("sparse", GOOD + other))
    assert np.array_equal(read_both.features[0], read_both.features[1])
