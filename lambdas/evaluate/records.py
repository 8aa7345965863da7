"""The test records as requests: slices of the shards, as they are."""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from contract.inference import MAXIMUM_BODY_BYTES
from contract.manifest import Manifest, Shard
from data_prep.recordio import read
from lambdas import objects
from lambdas.errors import InferenceFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """Records that are sent together: a slice of a shard, cut out when it is sent."""

    shard: bytes
    start: int
    end: int
    records: int

    @property
    def body(self) -> bytes:
        """The records as recordIO-protobuf."""
        return self.shard[self.start : self.end]


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """All test records, in the order of the shards.

    Attributes
    ----------
    shards
        The shards' contents.
    features
        A view of each shard, shape ``(records of it, features)``.
    labels
        Of all records, 0 or 1, shape ``(records,)``.
    """

    shards: Sequence[tuple[Shard, bytes]]
    features: Sequence[NDArray[np.float32]]
    labels: NDArray[np.int64]

    def requests(self) -> Iterator[Request]:
        """Yield as few requests as the limit of a body admits, all of about one size."""
        for shard, content in self.shards:
            size = shard.bytes // shard.records
            most = MAXIMUM_BODY_BYTES // size
            if not most:
                raise InferenceFailed(
                    f"{shard.key}: a record has {size:,} bytes, and a request admits"
                    f" {MAXIMUM_BODY_BYTES:,}"
                )
            count = math.ceil(shard.records / math.ceil(shard.records / most))
            for first in range(0, shard.records, count):
                records = min(count, shard.records - first)
                yield Request(content, first * size, (first + records) * size, records)

    def take(self, records: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the features of some records, by their index."""
        ends = np.cumsum([len(features) for features in self.features])
        shards = np.searchsorted(ends, records, side="right")
        return np.array(
            [
                self.features[shard][record - ends[shard]]  # counted from the shard's end
                for shard, record in zip(shards, records, strict=True)
            ],
            np.float32,
        )


def load_records(s3: "S3Client", bucket: str, manifest: Manifest, pool: Executor) -> Records:
    """Read the shards of the test split.

    Shards are written densely, so all records of one have the same size.
    """
    shards = manifest.splits["test"].shards
    contents = list(pool.map(partial(objects.read, s3, bucket), [shard.key for shard in shards]))
    decoded = [_decode(shard, content) for shard, content in zip(shards, contents, strict=True)]
    return Records(
        shards=list(zip(shards, contents, strict=True)),
        features=[features for features, _ in decoded],
        labels=np.concatenate([labels for _, labels in decoded]),
    )


def _decode(shard: Shard, content: bytes) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    features, labels = read(content)
    if not isinstance(features, np.ndarray) or labels is None or len(features) != shard.records:
        raise ValueError(f"{shard.key} does not hold {shard.records} dense, labelled records")
    return features, labels.astype(np.int64)
