"""Requests are slices of the shards: every record once, none too large, and as few as can be."""

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.manifest import Shard
from data_prep.recordio import read, write_dense
from lambdas.evaluate import records as evaluated_records
from lambdas.evaluate.records import Records


def records_of(sizes: list[int]) -> Records:
    """Return shards with that many records, numbered through all of them."""
    first = np.cumsum([0, *sizes])
    features = [
        np.arange(start, start + size, dtype=np.float32)[:, np.newaxis]
        for start, size in zip(first, sizes, strict=False)
    ]
    shards: list[tuple[Shard, bytes]] = []
    for index, split in enumerate(features):
        content = io.BytesIO()
        write_dense(content, split, np.zeros(len(split), np.float32))
        shard = Shard(
            key=f"part-{index:05d}.pbr",
            records=len(split),
            bytes=content.tell(),
            sha256="0" * 64,
        )
        shards.append((shard, content.getvalue()))
    return Records(shards=shards, features=features, labels=np.zeros(sum(sizes), np.int64))


SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=4)


@given(sizes=SIZES, most=st.integers(1, 50), rest=st.integers(0, 10))
def test_every_record_is_sent_once_in_order(sizes: list[int], most: int, rest: int) -> None:
    records = records_of(sizes)
    size = records.shards[0][0].bytes // sizes[0]
    with pytest.MonkeyPatch.context() as limit:
        limit.setattr(evaluated_records, "MAXIMUM_BODY_BYTES", most * size + rest)
        requests = list(records.requests())
    assert all(len(request.body) <= most * size for request in requests)
    assert len(requests) == sum(math.ceil(count / most) for count in sizes)
    sent = [read(request.body)[0] for request in requests]
    assert [len(part) for part in sent] == [request.records for request in requests]  # pyright: ignore[reportArgumentType]
    numbers = [number for part in sent for number in np.asarray(part)[:, 0].tolist()]
    assert numbers == list(range(sum(sizes)))


@given(sizes=SIZES, data=st.data())
def test_records_are_taken_by_their_number(sizes: list[int], data: st.DataObject) -> None:
    records = records_of(sizes)
    index = st.integers(0, sum(sizes) - 1)
    wanted = np.array(data.draw(st.lists(index, min_size=1, max_size=9)), np.int64)
    assert records.take(wanted)[:, 0].tolist() == wanted.tolist()
