"""Blocks: whole mini-batches, bounded in size, and all records in their order."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from linear_learner.data.blocks import Block, Layout, into_blocks
from linear_learner.data.records import Records, SparseRows
from tests.unit.linear_learner.data.samples import Table, equal, table, together


def records(data: Table, *, sparse: bool) -> Records:
    if not sparse:
        return Records(data.features, data.labels)
    matrix = scipy.sparse.csr_array(data.features)
    rows = SparseRows(
        matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int64), matrix.shape
    )
    return Records(rows, data.labels)


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=12),
    batch=st.integers(1, 40),
    block_bytes=st.integers(1, 3_000),
    sparse=st.booleans(),
)
def test_blocks_hold_whole_mini_batches_of_all_records(
    sizes: list[int], batch: int, block_bytes: int, *, sparse: bool
) -> None:
    data = table(sum(sizes) + 1, 5, 0.6)
    cuts = np.cumsum([0, *sizes, 1]).tolist()
    pieces = [records(data[a:b], sparse=sparse) for a, b in pairwise(cuts)]
    layout = Layout.of(pieces[-1])
    blocks = list(
        into_blocks((layout.apply(piece) for piece in pieces), layout, batch, block_bytes)
    )
    assert equal(together(blocks), data)
    assert all(len(block) % batch == 0 for block in blocks[:-1])
    one_batch = max(block.rows(0, batch).nbytes for block in blocks)
    for block in blocks:
        last = block.rows((len(block) - 1) // batch * batch, len(block))
        assert len(block) <= batch or block.nbytes <= block_bytes + max(last.nbytes, one_batch)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_block_grows_beyond_what_was_expected(sparse: bool) -> None:
    data = table(40_000, 3, 1.0)
    layout = Layout.of(records(data[:1], sparse=sparse))
    block = Block(layout, 64)
    for start in range(0, 40_000, 500):
        block.add(records(data[start : start + 500], sparse=sparse))
    assert len(block) == 40_000
    assert equal(together([block.records()]), data)


def test_the_first_records_decide_how_all_are_held() -> None:
    few = Layout.of(records(table(200, 10, 0.1), sparse=False))
    assert few == Layout(10, came_sparse=False, compressed=True)
    many = Layout.of(records(table(200, 10, 0.9), sparse=False))
    assert many == Layout(10, came_sparse=False, compressed=False)
    came = Layout.of(records(table(200, 10, 0.9), sparse=True))
    assert came == Layout(10, came_sparse=True, compressed=True)
