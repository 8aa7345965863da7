"""A split as recordIO-protobuf shards: objects of a bounded size, in a fixed random order."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import Sink, write_dense

SHARD_BYTES: Final = 64 << 20
"""How large a shard may grow: a few for MNIST, so that several hosts get some each."""


@dataclass(frozen=True, slots=True)
class WrittenShard:
    """What went into one shard.

    Attributes
    ----------
    sha256
        Of its bytes, in hex.
    """

    index: int
    records: int
    bytes: int
    sha256: str


def shuffled(records: int, seed: int) -> NDArray[np.int64]:
    """Return the numbers below ``records`` in an order that depends on the seed alone.

    Numpy guarantees that this generator's order stays the same in its later
    versions, unlike that of `numpy.random.default_rng`.
    """
    return np.random.RandomState(seed).permutation(records)


def write_shards(
    open_shard: Callable[[int], AbstractContextManager[Sink]],
    features: NDArray[Any],
    labels: NDArray[Any],
    *,
    order: NDArray[np.int64] | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> list[WrittenShard]:
    """Write a split as shards.

    Parameters
    ----------
    open_shard
        Called with 0, 1, 2, …; gives a sink for that shard. It is left, with
        the error if there is one, when the shard is written.
    features
        Shape (records, features).
    labels
        Shape (records,).
    order
        The records' order in the shards; that of ``features`` by default.
        A copy of one shard's records is made for it.
    shard_bytes
        A shard is no larger, but for a record that is.

    Returns
    -------
    What went into each shard, in order.
    """
    records = max(1, shard_bytes // _record_size(features, labels))
    written: list[WrittenShard] = []
    for index, start in enumerate(range(0, len(features), records)):
        chosen = slice(start, start + records) if order is None else order[start : start + records]
        with open_shard(index) as sink:
            shard = _HashingSink(sink)
            write_dense(shard, features[chosen], labels[chosen])
        written.append(
            WrittenShard(index, len(labels[chosen]), shard.size, shard.digest.hexdigest())
        )
    return written


def _record_size(features: NDArray[Any], labels: NDArray[Any]) -> int:
    """Measure what one record takes when it is written."""
    measured = _HashingSink(None)
    write_dense(measured, features[:1], labels[:1])
    return max(1, measured.size)


class _HashingSink:
    """Counts and hashes what goes to a sink, if there is one."""

    def __init__(self, sink: Sink | None) -> None:
        self._sink = sink
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: memoryview, /) -> object:
        taken = self._sink.write(data) if self._sink else None
        count = taken if isinstance(taken, int) else len(data)
        self.digest.update(data[:count])
        self.size += count
        return count
