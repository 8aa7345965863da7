"""What is written is read again, whatever the types, widths and sinks."""

import io
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from data_prep import recordio
from tests.unit.data_prep.recordio_bytes import Array, dense, sparse

TYPES = ("<f4", "<f8", "<i8", "u1", "i4", "f2", "?", "u8", ">f4", ">i4", ">i8")
AS_READ = {"<f4": np.float32, "<f8": np.float64, "<i8": np.int32}


def numbers(dtype: str, shape: int | tuple[int, ...]) -> st.SearchStrategy[Array]:
    """Numbers of a type that float32 or int32 hold exactly."""
    unsigned = np.dtype(dtype).kind in "ub?"
    most = 1 if dtype == "?" else 100
    return hnp.arrays(dtype, shape, elements=st.integers(0 if unsigned else -most, most))


@st.composite
def records(draw: st.DrawFn) -> tuple[Array, Array | None]:
    rows, width = draw(st.integers(1, 8)), draw(st.integers(0, 20) | st.just(300))
    features = draw(numbers(draw(st.sampled_from(TYPES)), (rows, width)))
    labels = draw(st.none() | st.sampled_from(TYPES).flatmap(lambda dtype: numbers(dtype, rows)))
    return features, labels


@settings(deadline=None)
@given(records())
def test_dense_records_come_back(written: tuple[Array, Array | None]) -> None:
    features, labels = written
    read, read_labels = recordio.read(dense(features, labels))
    assert isinstance(read, np.ndarray), "dense records were read as sparse"
    np.testing.assert_array_equal(read, features.astype(np.float64))
    assert read.dtype == AS_READ.get(features.dtype.str, np.float32)
    if labels is None:
        assert read_labels is None
    else:
        assert read_labels is not None
        np.testing.assert_array_equal(read_labels, labels.astype(np.float64))
        assert read_labels.dtype == AS_READ.get(labels.dtype.str, np.float32)


@settings(deadline=None)
@given(records(), st.integers(2, 5))
def test_sparse_records_come_back(written: tuple[Array, Array | None], every: int) -> None:
    features, labels = written
    kept = features.astype(np.float32)
    kept[:, np.arange(features.shape[1]) % every > 0] = 0
    matrix = scipy.sparse.csr_array(kept)
    read, read_labels = recordio.read(sparse(matrix, labels))
    if isinstance(read, recordio.SparseRecords):
        rebuilt = scipy.sparse.csr_array((read.data, read.indices, read.indptr), read.shape)
        np.testing.assert_array_equal(rebuilt.toarray(), kept)
        assert sparse(read, labels) == sparse(matrix, labels), "sparse records are a matrix again"
    else:
        np.testing.assert_array_equal(read, kept)
    if labels is not None:
        assert read_labels is not None
        np.testing.assert_array_equal(read_labels, labels.astype(np.float64))


def test_the_documented_record_is_written_byte_for_byte() -> None:
    written = dense(np.array([[1.5, 2.0]], np.float32), np.array([1], np.float32))
    assert written == bytes.fromhex(
        "0a23d7ce 2c000000 0a160a0676616c756573120c120a0a080000c03f00000040"
        "12120a0676616c756573120812060a040000803f"
    )


def test_values_keep_their_bits() -> None:
    bits = np.array([[0x7FC00001, 0xFF800000, 0x80000000, 0x00000001]], np.uint32)
    read, _ = recordio.read(dense(bits.view(np.float32)))
    assert isinstance(read, np.ndarray)
    np.testing.assert_array_equal(np.ascontiguousarray(read).view(np.uint32), bits)


@pytest.mark.parametrize("labels", [[0, 127], [0, 128], [-1, 300], [-(1 << 31), (1 << 31) - 1]])
def test_integer_labels_of_any_size_come_back(labels: Sequence[int]) -> None:
    features = np.ones((2, 3), np.float32)
    read, read_labels = recordio.read(dense(features, np.array(labels, np.int64)))
    np.testing.assert_array_equal(read, features)
    assert read_labels is not None
    assert read_labels.tolist() == labels


def test_no_record_writes_nothing() -> None:
    assert dense(np.empty((0, 784), np.float32), np.empty(0, np.float32)) == b""
    assert dense(np.empty((0, 784), np.int64)) == b""
    assert sparse(scipy.sparse.csr_array(np.empty((0, 784), np.float32))) == b""


def test_a_large_file_is_read_as_a_view() -> None:
    data = dense(np.random.default_rng(1).random((2000, 784), np.float32))
    features, _ = recordio.read(data)
    assert isinstance(features, np.ndarray)
    assert np.shares_memory(features, np.frombuffer(data, np.uint8))


class Chunks:
    """A sink that only remembers how large its chunks were."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def write(self, data: memoryview, /) -> None:
        self.sizes.append(len(data))


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_what_goes_to_the_sink_is_bounded_by_a_chunk(dtype: Any) -> None:
    sink = Chunks()
    recordio.write_dense(sink, np.ones((5000, 784), dtype))
    assert len(sink.sizes) > 3
    assert max(sink.sizes) <= 1 << 20


@pytest.mark.parametrize("rows", [2_000, 200_000], ids=["long rows", "short rows"])
def test_sparse_records_are_written_in_chunks_and_little_memory(rows: int) -> None:
    stored = 4_000_000
    matrix = recordio.SparseRecords(
        data=np.ones(stored, np.float32),
        indices=np.tile(np.arange(stored // rows), rows),
        indptr=np.arange(rows + 1) * (stored // rows),
        shape=(rows, 100_000),
    )
    sink = Chunks()
    tracemalloc.start()
    try:
        recordio.write_sparse(sink, matrix, np.ones(rows))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(sink.sizes) <= 1 << 20
    assert most < 24 << 20, "a chunk and what it is made of: the records are 30 MB and more"


def test_a_long_sparse_file_is_read_with_little_memory_beside_what_is_returned() -> None:
    rows, stored = 100_000, 30
    matrix = recordio.SparseRecords(
        data=np.random.default_rng(1).random(rows * stored, np.float32),
        indices=np.tile(np.arange(0, 300, 10), rows),
        indptr=np.arange(rows + 1) * stored,
        shape=(rows, 300),
    )
    data = sparse(matrix, np.arange(rows))
    tracemalloc.start()
    try:
        read, labels = recordio.read(data)
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(read, recordio.SparseRecords)
    np.testing.assert_array_equal(read.data, matrix.data)
    np.testing.assert_array_equal(read.indices, matrix.indices)
    np.testing.assert_array_equal(read.indptr, matrix.indptr)
    assert labels is not None
    assert labels.tolist() == list(range(rows))
    assert most < 1.5 * held


@pytest.mark.parametrize(
    ("columns", "dtype"), [(1 << 31, np.int32), ((1 << 31) + 1, np.int64), (1 << 62, np.int64)]
)
def test_columns_are_of_the_narrower_type_that_holds_them(columns: int, dtype: Any) -> None:
    last = np.array([columns - 1])
    written = recordio.SparseRecords(np.ones(1, np.float32), last, np.array([0, 1]), (1, columns))
    read, _ = recordio.read(sparse(written))
    assert isinstance(read, recordio.SparseRecords)
    assert read.indices.dtype == dtype
    assert read.indices.tolist() == [columns - 1]


class Sluggish(io.BytesIO):
    """A sink that takes at most 1000 bytes at once, as a socket might."""

    def write(self, data: Any, /) -> int:
        return super().write(data[:1000])


def test_a_sink_that_takes_bytes_in_part_gets_them_all() -> None:
    features = np.arange(2000, dtype=np.float32).reshape(10, 200)
    sink = Sluggish()
    recordio.write_dense(sink, features)
    assert sink.getvalue() == dense(features)


def test_a_memory_map_is_written_as_an_array_is(tmp_path: Path) -> None:
    features = np.random.default_rng(1).integers(0, 255, (3000, 784), np.uint8)
    np.save(tmp_path / "features.npy", features)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    assert dense(mapped) == dense(features.astype(np.float32))


@pytest.mark.parametrize("order", ["transposed", "every other", "reversed"])
def test_views_are_written_as_their_copies_are(order: str) -> None:
    base = np.arange(60, dtype=np.float32).reshape(6, 10)
    view = {"transposed": base.T, "every other": base[::2, ::3], "reversed": base[::-1, ::-1]}[
        order
    ]
    assert dense(view, view[:, 0]) == dense(view.copy(), view[:, 0].copy())


@pytest.mark.parametrize(
    ("features", "labels", "reason"),
    [
        (np.ones(3), None, r"features have shape \(3,\)"),
        (np.ones((2, 3)), np.ones(3), r"labels have shape \(3,\): expected \(2,\)"),
        (np.ones((2, 3)), np.ones((2, 1)), r"labels have shape \(2, 1\)"),
        (np.ones((2, 3), complex), None, "features are of type complex128"),
        (np.array([["a"]]), None, "features are of type <U1"),
        (np.ones((1, 1)), np.array([None]), "labels are of type object"),
        (np.array([[1e300]], ">f8"), None, "features hold a number beyond float32"),
        (np.ones((1, 1)), np.array([1e300], ">f8"), "labels hold a number beyond float32"),
        (np.array([[1 << 31]]), None, "range from 0 to 2147483648: expected 32-bit integers"),
        (np.ones((1, 1)), np.array([-(1 << 31) - 1]), "labels range from -2147483649 to 0"),
    ],
)
def test_what_has_no_tensor_is_refused(features: Array, labels: Array | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        dense(features, labels)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"indptr": np.array([0, 1])}, "indptr does not delimit 2 rows"),
        ({"indptr": np.array([0, 2, 1])}, "indptr does not delimit 2 rows"),
        ({"indptr": np.array([1, 1, 2])}, "indptr does not delimit 2 rows"),
        ({"indptr": np.array([0, 1, 3])}, "beyond the data"),
        ({"indices": np.array([0, 3])}, "outside the 3 columns"),
        ({"indices": np.array([-1, 0])}, "outside the 3 columns"),
    ],
)
def test_a_matrix_that_contradicts_itself_is_refused(change: dict[str, Any], reason: str) -> None:
    parts: dict[str, Any] = {
        "data": np.ones(2, np.float32),
        "indices": np.array([0, 2]),
        "indptr": np.array([0, 1, 2]),
        "shape": (2, 3),
    }
    with pytest.raises(ValueError, match=reason):
        sparse(recordio.SparseRecords(**(parts | change)))


def test_compressed_columns_are_not_taken_for_rows() -> None:
    columns: Any = scipy.sparse.csc_array(np.ones((3, 3)))
    with pytest.raises(ValueError, match="not in compressed sparse rows"):
        sparse(columns)
