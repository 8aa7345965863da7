"""Records in memory: one block, compressed where that pays."""

import numpy as np
import pytest
import scipy.sparse

from linear_learner.data.held import HeldSource
from linear_learner.data.records import Features, Records, SparseRows

LABELS = np.arange(9_000, dtype=np.float32) % 2


def features(density: float) -> np.ndarray:
    random = np.random.default_rng(0)
    values = random.normal(size=(9_000, 7)).astype(np.float32)
    values[random.random(values.shape) >= density] = 0
    return values


def dense(held: Features) -> np.ndarray:
    if isinstance(held, SparseRows):
        return scipy.sparse.csr_array((held.data, held.indices, held.indptr), held.shape).toarray()
    return held


def test_all_records_are_one_block_as_often_as_asked() -> None:
    given = features(density=0.9)
    source = HeldSource("train", Records(given, LABELS))
    for _ in range(2):
        (block,) = source.blocks(np.random.default_rng(0))
        assert block.features is given
        assert block.labels is LABELS
    assert (source.name, source.records, source.feature_dim) == ("train", 9_000, 7)
    assert not source.sparse


def test_mostly_zeros_are_compressed_but_came_dense() -> None:
    given = features(density=0.2)
    source = HeldSource("train", Records(given, LABELS))
    (block,) = source.blocks()
    assert isinstance(block.features, SparseRows)
    assert len(block.features.data) == np.count_nonzero(given)
    assert np.array_equal(dense(block.features), given)
    assert not source.sparse


def test_sparse_records_stay_as_they_came() -> None:
    matrix = scipy.sparse.csr_array(features(density=0.9))
    rows = SparseRows(
        matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int64), (9_000, 7)
    )
    source = HeldSource("train", Records(rows, LABELS))
    (block,) = source.blocks()
    assert block.features is rows
    assert source.sparse


@pytest.mark.parametrize("density", [0.1, 0.9])
@pytest.mark.parametrize("records", [0, 1, 5_000, 10_000])
def test_the_head_is_the_first_records(density: float, records: int) -> None:
    given = features(density)
    head = HeldSource("train", Records(given, LABELS)).head(records)
    assert np.array_equal(dense(head.features), given[:records])
    assert np.array_equal(head.labels, LABELS[:records])
    assert head.features.shape == given[:records].shape
