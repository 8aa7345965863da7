"""Whatever protobuf admits is read, not only what the SDK writes."""

import warnings
from collections.abc import Sequence

import numpy as np
import pytest

from data_prep import recordio
from data_prep.recordio import SparseRecords
from tests.unit.data_prep.recordio_bytes import (
    delimited_field,
    dense,
    features_entry,
    fixed32_field,
    fixed64_field,
    float_tensor,
    floats,
    framed,
    group,
    label_entry,
    varint,
    varint_field,
)

PLAIN = features_entry(float_tensor([1.5, 2.5])) + label_entry(float_tensor([1]))


def assert_reads(data: bytes, features: list[list[float]], labels: Sequence[float] | None) -> None:
    read, read_labels = recordio.read(data)
    assert isinstance(read, np.ndarray), "dense records were read as sparse"
    assert read.tolist() == features
    assert (None if read_labels is None else read_labels.tolist()) == (labels and list(labels))


def test_values_that_are_not_packed() -> None:
    tensor = fixed32_field(1, floats(1.5)) + fixed32_field(1, floats(2.5))
    assert_reads(framed(features_entry(delimited_field(2, tensor))), [[1.5, 2.5]], None)


def test_values_in_several_pieces() -> None:
    tensor = delimited_field(1, floats(1.5)) + fixed32_field(1, floats(2.5))
    assert_reads(framed(features_entry(delimited_field(2, tensor))), [[1.5, 2.5]], None)


def test_a_tensor_in_several_pieces_is_merged() -> None:
    value = float_tensor([1.5]) + float_tensor([2.5])
    assert_reads(framed(features_entry(value)), [[1.5, 2.5]], None)


def test_the_last_tensor_of_different_types_counts() -> None:
    doubles = delimited_field(3, delimited_field(1, np.array([7.0]).tobytes()))
    assert_reads(framed(features_entry(float_tensor([1.5]) + doubles)), [[7.0]], None)


def test_the_last_of_equal_map_keys_counts() -> None:
    message = features_entry(float_tensor([9, 9, 9])) + PLAIN
    assert_reads(framed(message), [[1.5, 2.5]], [1])


def test_label_before_features_and_value_before_key() -> None:
    entry = delimited_field(2, float_tensor([1.5])) + delimited_field(1, b"values")
    message = label_entry(float_tensor([1])) + delimited_field(1, entry)
    assert_reads(framed(message, message), [[1.5], [1.5]], [1, 1])


def test_unknown_fields_are_skipped_wherever_they_stand() -> None:
    nested = group(9, varint_field(1, 300) + group(8, fixed32_field(2, bytes(4))))
    unknown = (
        varint_field(20, 1 << 63)
        + fixed64_field(21, bytes(8))
        + delimited_field(22, b"bytes")
        + nested
        + fixed32_field(23, bytes(4))
        + varint_field(1, 5)  # features, but of another wire type
    )
    tensor = unknown[:-2] + delimited_field(1, floats(1.5)) + delimited_field(4, b"later")
    value = delimited_field(2, tensor) + group(20, b"")
    entry = delimited_field(1, b"values") + nested + delimited_field(2, value)
    message = unknown + delimited_field(1, entry) + unknown
    assert_reads(framed(message, message), [[1.5], [1.5]], None)


def test_a_field_that_differs_in_every_record_is_skipped() -> None:
    messages = [delimited_field(3, uid) + PLAIN for uid in (b"a", b"b", b"c")]
    assert_reads(framed(*messages), [[1.5, 2.5]] * 3, [1] * 3)


def test_records_of_different_types_become_their_common_one() -> None:
    data = dense(np.array([[1.5]], np.float32)) + dense(np.array([[0.1]])) + dense(np.array([[3]]))
    features, _ = recordio.read(data)
    assert isinstance(features, np.ndarray)
    assert features.dtype == np.float64
    assert features.tolist() == [[1.5], [0.1], [3.0]]


def test_a_signaling_nan_among_records_of_another_type_stays_a_nan() -> None:
    signaling = np.array([[0x7F800001]], np.uint32).view(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        features, _ = recordio.read(dense(signaling) + dense(np.array([[0.1]])))
    assert isinstance(features, np.ndarray)
    assert np.isnan(features[0, 0])


def test_records_of_one_size_but_another_layout_are_told_apart() -> None:
    two_floats, one_double = dense(np.array([[1, 2]], np.float32)), dense(np.array([[1.0]]))
    assert len(two_floats) == len(one_double), "the premise: both take the same bytes"
    with pytest.raises(recordio.RecordIOError, match="1 features, but the first record 2"):
        recordio.read(two_floats + one_double)


def test_a_dense_shape_of_several_dimensions_is_flattened() -> None:
    message = features_entry(float_tensor([1, 2, 3, 4], shape=[2, 2]))
    assert_reads(framed(message), [[1, 2, 3, 4]], None)


def test_a_dense_record_among_sparse_ones_has_all_columns() -> None:
    messages = [
        features_entry(float_tensor([5], keys=[2], shape=[3])),
        features_entry(float_tensor([1, 2, 3])),
        features_entry(float_tensor([], shape=[3])),
    ]
    read, _ = recordio.read(framed(*messages))
    assert isinstance(read, SparseRecords)
    assert read.shape == (3, 3)
    assert read.data.tolist() == [5, 1, 2, 3]
    assert read.indices.tolist() == [2, 0, 1, 2]
    assert read.indptr.tolist() == [0, 1, 4, 4]


def test_sparse_keys_that_are_not_packed() -> None:
    tensor = (
        delimited_field(1, floats(1, 2))
        + varint_field(2, 300)
        + varint_field(2, 7)
        + delimited_field(3, varint(1000))
    )
    read, _ = recordio.read(framed(features_entry(delimited_field(2, tensor))))
    assert isinstance(read, SparseRecords)
    assert read.indices.tolist() == [300, 7]
    assert read.shape == (1, 1000)


def test_integers_beyond_32_bits_lose_the_rest_as_protobuf_has_it() -> None:
    tensor = delimited_field(1, varint((1 << 33) + 5))
    read, _ = recordio.read(framed(features_entry(delimited_field(7, tensor))))
    assert isinstance(read, np.ndarray)
    assert read.tolist() == [[5]]
