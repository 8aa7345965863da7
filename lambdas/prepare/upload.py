"""Shards into the bucket while the next ones are written, in bounded memory."""

import io
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from contract.names import SHARD_CONTENT_TYPE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SHARD_BYTES: Final = 32 << 20
"""How large a shard may grow: it is held in memory until S3 has it, whole or not at all."""

IN_FLIGHT: Final = 2
"""Shards on their way while another is written; one connection is slower than the writer."""


@dataclass(frozen=True, slots=True)
class ShardUploads:
    """Shards that are on their way to a bucket."""

    s3: "S3Client"
    bucket: str
    pool: ThreadPoolExecutor
    pending: deque[Future[object]] = field(default_factory=deque[Future[object]])

    @contextmanager
    def open(self, key: str) -> Generator[io.BytesIO]:
        """Give a sink for a shard; left without an error, its upload begins."""
        self.wait(until=IN_FLIGHT - 1)
        shard = io.BytesIO()
        yield shard
        shard.seek(0)
        self.pending.append(self.pool.submit(self._put, key, shard))

    def wait(self, *, until: int = 0) -> None:
        """Wait until no more shards than that are on their way.

        Raises
        ------
        botocore.exceptions.ClientError
            If S3 did not take one.
        """
        while len(self.pending) > until:
            self.pending.popleft().result()

    def _put(self, key: str, shard: io.BytesIO) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=shard, ContentType=SHARD_CONTENT_TYPE)


@contextmanager
def shard_uploads(s3: "S3Client", bucket: str) -> Generator[ShardUploads]:
    """Upload shards; once this is left without an error, S3 has them all."""
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        uploads = ShardUploads(s3, bucket, pool)
        yield uploads
        uploads.wait()
