"""Labels, inspection and shards: what becomes of a dataset once it is read."""

import hashlib
import io
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from data_prep import recordio
from data_prep.dataset import Dataset, Split
from data_prep.errors import InvalidRecordsError
from data_prep.inspection import inspect, record_hashes
from data_prep.labels import binary_labels
from data_prep.recordio import Sink
from data_prep.shards import shuffled, write_shards
from tests.unit.data_prep.samples import three_pairs


def dataset(*pairs: tuple[NDArray[np.float32], NDArray[np.int64]]) -> Dataset:
    train, validation, test = (Split(*pair) for pair in pairs or three_pairs())
    return Dataset(train, validation, test, "pickle", "float32")


def test_the_positive_label_becomes_one_and_the_others_zero() -> None:
    labels = binary_labels("train", np.array([0, 7, 3, 0]), 0)
    assert labels.tolist() == [1, 0, 0, 1]
    assert labels.dtype == np.float32


@pytest.mark.parametrize(("positive", "what"), [(5, "none"), (3, "all")])
def test_one_class_only_is_refused(positive: int, what: str) -> None:
    reason = f"validation: one class only: {what} of 4 records has the label {positive}"
    with pytest.raises(InvalidRecordsError, match=reason):
        binary_labels("validation", np.full(4, 3), positive)


def test_an_inspection_says_what_is_in_each_split() -> None:
    features = np.array([[0, 0.5, 2], [0, -1, 2], [0, 0.25, 2]], np.float32)
    train = (features, np.array([4, 9, 4]))
    found = inspect(dataset(train, (features[:2] + 1, np.array([4, 9])), train), 4)
    assert (found.feature_dim, found.dtype) == (3, "float32")
    assert list(found.splits) == ["train", "validation", "test"]
    split = found.splits["train"]
    assert split.labels == {"4": 2, "9": 1}
    assert (split.records, split.positives, split.constant_features) == (3, 2, 2)
    assert (split.minimum, split.maximum) == (-1.0, 2.0)


def test_an_inspection_refuses_a_split_of_one_class() -> None:
    pairs = three_pairs()
    with pytest.raises(InvalidRecordsError, match="test: one class only"):
        inspect(dataset(pairs[0], pairs[1], (pairs[2][0], np.ones(30, np.int64))), 0)


def test_records_that_stand_in_two_splits_are_counted() -> None:
    (train, a), (validation, b), (test, c) = three_pairs()
    test[:4] = train[10:14]
    test[20] = validation[19]
    found = inspect(dataset((train, a), (validation, b), (test, c)), 0)
    assert found.duplicates == {"train+validation": 0, "train+test": 4, "validation+test": 1}


@settings(deadline=None)
@given(hnp.arrays(np.float32, (6, 5), elements=st.sampled_from([0, 0.25, 0.5, 1])))
def test_records_have_equal_hashes_exactly_where_they_are_equal(
    features: NDArray[np.float32],
) -> None:
    hashes = record_hashes(features)
    equal = (features[:, None] == features[None]).all(axis=2)
    np.testing.assert_array_equal(hashes[:, None] == hashes[None], equal)


def test_the_order_depends_on_the_seed_alone_and_never_changes() -> None:
    assert shuffled(10, 1).tolist() == [2, 9, 6, 4, 0, 3, 1, 7, 8, 5]
    assert shuffled(10, 2).tolist() != shuffled(10, 1).tolist()
    assert sorted(shuffled(1000, 3).tolist()) == list(range(1000))


class Shards:
    """Keeps the shards in memory, and whether each was closed."""

    def __init__(self) -> None:
        self.sinks: list[io.BytesIO] = []
        self.outcomes: list[str] = []

    @contextmanager
    def open(self, index: int) -> Generator[Sink]:
        assert index == len(self.sinks)
        self.sinks.append(io.BytesIO())
        try:
            yield self.sinks[-1]
        except ValueError:
            self.outcomes.append("aborted")
            raise
        self.outcomes.append("written")


@pytest.mark.parametrize("ordered", [True, False])
def test_shards_hold_every_record_once_in_order(ordered: bool) -> None:
    features, labels = three_pairs()[0]
    order = shuffled(40, 1) if ordered else None
    shards = Shards()
    written = write_shards(shards.open, features, labels, order=order, shard_bytes=1100)
    contents = [sink.getvalue() for sink in shards.sinks]
    assert len(written) > 3
    assert [shard.bytes for shard in written] == [len(content) for content in contents]
    assert max(shard.bytes for shard in written) <= 1100
    assert [s.sha256 for s in written] == [hashlib.sha256(c).hexdigest() for c in contents]
    assert [s.index for s in written] == list(range(len(written)))
    assert sum(shard.records for shard in written) == 40
    assert shards.outcomes == ["written"] * len(written)
    read, read_labels = recordio.read(b"".join(contents))
    expected = order if order is not None else np.arange(40)
    np.testing.assert_array_equal(read, features[expected])
    np.testing.assert_array_equal(read_labels, labels[expected])


def test_a_record_larger_than_a_shard_has_one_of_its_own() -> None:
    features, labels = three_pairs()[0]
    assert len(write_shards(Shards().open, features, labels, shard_bytes=1)) == 40


def test_a_shard_that_fails_is_left_with_the_error() -> None:
    shards = Shards()
    features = np.array([[1.0], [1e300]], ">f8")
    with pytest.raises(ValueError, match="beyond float32"):
        write_shards(shards.open, features, np.ones(2, np.float32))
    assert shards.outcomes == ["aborted"]
