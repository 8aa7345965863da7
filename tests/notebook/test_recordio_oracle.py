"""What `data_prep.recordio` writes and reads, held against version 2 of the SageMaker SDK."""

import io
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray
from sagemaker.amazon.common import (
    _write_recordio,
    read_records,
    write_numpy_to_dense_tensor,
    write_spmatrix_to_sparse_tensor,
)
from sagemaker.amazon.record_pb2 import Record

from data_prep import recordio

Array = NDArray[Any]
Records = tuple[Array, Array | None]

WIDTHS = st.integers(0, 40) | st.sampled_from([126, 127, 128, 129, 784, 4095, 4096, 16383])
SDK_TYPES = ("float32", "float64", "int64")
REFUSED_TYPES = ("bool", "uint8", "int8", "int32", "uint64", "float16", ">f4", ">f8", ">i8")


def numbers(dtype: str, shape: int | tuple[int, int]) -> SearchStrategy[Array]:
    """Arrays of what the SDK's tensors hold; NaN has many bit patterns and is left out."""
    if dtype == "int64":
        small, any_size = st.integers(0, 127), st.integers(-(1 << 31), (1 << 31) - 1)
        return hnp.arrays(dtype, shape, elements=small) | hnp.arrays(
            dtype, shape, elements=any_size
        )
    return hnp.arrays(
        dtype, shape, elements=st.floats(width=8 * np.dtype(dtype).itemsize, allow_nan=False)
    )


@st.composite
def dense_records(draw: st.DrawFn) -> Records:
    rows, width = draw(st.integers(1, 6)), draw(WIDTHS)
    features = draw(numbers(draw(st.sampled_from(SDK_TYPES)), (rows, width)))
    label_type = draw(st.none() | st.sampled_from(SDK_TYPES))
    return features, None if label_type is None else draw(numbers(label_type, rows))


def written(write: Callable[..., None], features: Any, labels: Array | None) -> bytes:
    sink = io.BytesIO()
    write(sink, features, labels)
    return sink.getvalue()


@settings(deadline=None, max_examples=300)
@given(dense_records())
def test_dense_records_are_the_sdks_byte_for_byte(records: Records) -> None:
    features, labels = records
    ours = written(recordio.write_dense, features, labels)
    assert ours == written(write_numpy_to_dense_tensor, features, labels)


@settings(deadline=None, max_examples=300)
@given(dense_records(), st.randoms(use_true_random=False))
def test_sparse_records_are_the_sdks_byte_for_byte(records: Records, random: Random) -> None:
    features, labels = records
    kept = np.array([random.random() < 0.3 for _ in range(features.size)], bool)
    matrix = scipy.sparse.csr_matrix(np.where(kept.reshape(features.shape), features, 0))
    ours = written(recordio.write_sparse, matrix, labels)
    assert ours == written(write_spmatrix_to_sparse_tensor, matrix, labels)


def test_a_sparse_matrix_of_several_chunks_is_the_sdks_byte_for_byte() -> None:
    matrix = scipy.sparse.random(3000, 784, 0.1, format="csr", dtype=np.float32, random_state=7)
    labels = np.arange(3000)
    ours = written(recordio.write_sparse, matrix, labels)
    assert ours == written(write_spmatrix_to_sparse_tensor, matrix, labels)


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 31).flatmap(lambda bits: st.integers(1, (1 << bits) - 1)),
    st.lists(st.integers(0, 300), min_size=1, max_size=6),
    st.sampled_from(SDK_TYPES),
    st.sampled_from(SDK_TYPES),
    st.integers(0, 1 << 30),
)
def test_wide_sparse_records_are_the_sdks_byte_for_byte(
    columns: int, counts: list[int], dtype: str, label_type: str, seed: int
) -> None:
    random = np.random.default_rng(seed)
    counts = [min(count, columns) for count in counts]
    largest = 1 << random.integers(1, 31, sum(counts))
    matrix = scipy.sparse.csr_matrix(
        (
            random.integers(-largest, largest).astype(dtype),
            random.integers(0, np.minimum(largest, columns)),
            np.cumsum([0, *counts]),
        ),
        (len(counts), columns),
    )
    labels = random.integers(-(1 << 31), 1 << 31, len(counts)).astype(label_type)
    ours = written(recordio.write_sparse, matrix, labels)
    assert ours == written(write_spmatrix_to_sparse_tensor, matrix, labels)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_dense_records_of_several_chunks_are_the_sdks_byte_for_byte(dtype: str) -> None:
    features = np.random.default_rng(7).integers(-9, 900, (1500, 784)).astype(dtype)
    labels = np.arange(1500)
    ours = written(recordio.write_dense, features, labels)
    assert ours == written(write_numpy_to_dense_tensor, features, labels)


@pytest.mark.parametrize("dtype", REFUSED_TYPES)
def test_what_the_sdk_refuses_is_written_as_its_float32(dtype: str) -> None:
    numbers = np.array([[0, 1, 100], [7, 0, 1]]).astype(dtype)
    with pytest.raises(ValueError, match="Unsupported dtype"):
        written(write_numpy_to_dense_tensor, numbers, None)
    as_float = numbers.astype(np.float32)
    expected = written(write_numpy_to_dense_tensor, as_float, as_float[:, 0])
    assert written(recordio.write_dense, numbers, numbers[:, 0]) == expected


def tensor_of(entry: Any) -> Any:
    value = entry["values"]
    return getattr(value, value.WhichOneof("value"))


@settings(deadline=None, max_examples=200)
@given(dense_records())
def test_reading_gives_what_the_sdk_reads(records: Records) -> None:
    data = written(write_numpy_to_dense_tensor, *records)
    theirs = read_records(io.BytesIO(data))
    features, labels = recordio.read(data)
    np.testing.assert_array_equal(
        features, np.array([tensor_of(record.features).values for record in theirs])
    )
    if labels is None:
        assert not any("values" in record.label for record in theirs)
    else:
        assert labels.tolist() == [tensor_of(record.label).values[0] for record in theirs]


@settings(deadline=None, max_examples=100)
@given(dense_records())
def test_sparse_records_are_read_as_the_matrix_that_the_sdk_wrote(records: Records) -> None:
    features, labels = records
    matrix = scipy.sparse.csr_matrix(np.where(np.arange(features.shape[1]) % 3, 0, features))
    read, read_labels = recordio.read(written(write_spmatrix_to_sparse_tensor, matrix, labels))
    if isinstance(read, recordio.SparseRecords):
        read = scipy.sparse.csr_matrix((read.data, read.indices, read.indptr), read.shape).toarray()
    np.testing.assert_array_equal(read, matrix.toarray())
    np.testing.assert_array_equal(read_labels, labels)


def test_other_fields_and_features_are_passed_over() -> None:
    record = Record(uid="a record", metadata='{"from": "elsewhere"}')
    record.features["other"].bytes.value.append(b"an image")
    record.features["values"].float32_tensor.values.extend([1.5, 2.5])
    record.label["weight"].float32_tensor.values.append(3)
    record.label["values"].int32_tensor.values.append(-4)
    sink = io.BytesIO()
    for _ in range(2):
        _write_recordio(sink, record.SerializeToString())
    features, labels = recordio.read(sink.getvalue())
    np.testing.assert_array_equal(features, [[1.5, 2.5]] * 2)
    np.testing.assert_array_equal(labels, [-4, -4])
