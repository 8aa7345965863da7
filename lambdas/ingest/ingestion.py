"""From a foreign bucket into ``raw/<sha256>/``: read once to be measured, copied by S3 itself.

The copy is bound to the ETag that was measured, so what lies under a checksum
has that checksum. Executions that ingest the same dataset write the same bytes
to the same keys, each anew: ``raw/`` expires, and every one of them may be
redriven for as long as its own copy lives.

Permissions: ``s3:GetObject`` on the buckets of datasets, and ``s3:ListBucket``
if "missing" is to be told from "forbidden"; ``s3:PutObject`` on ``raw/*``.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from contract.names import raw_prefix, s3_uri, split_s3_uri
from contract.plan import PlannedDataset
from contract.tasks import IngestedDataset
from lambdas.checksums import dataset_checksum
from lambdas.errors import DatasetChanged, DatasetMissing, DatasetRefused
from lambdas.ingest.sources import alternatives
from lambdas.objects import error_code, is_unseen

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAXIMUM_BYTES: Final = 256 * 1024**2
"""Of all objects of a dataset together: Prepare has 512 MB of disk, and a Lambda's memory."""

_CHUNK_BYTES: Final = 1024**2
_REPLACED: Final = ("PreconditionFailed", "412", "NoSuchKey", "404")


@dataclass(frozen=True, slots=True)
class _Source:
    """An object that was read: where it is and what is in it."""

    key: str
    etag: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        return PurePosixPath(self.key).name


@dataclass(frozen=True, slots=True)
class Ingestor:
    """Brings datasets into a bucket."""

    s3: "S3Client"
    bucket: str

    def ingest(self, dataset: PlannedDataset) -> IngestedDataset:
        """Keep a dataset.

        Raises
        ------
        DatasetMissing
            If an object does not exist, or may not be read.
        DatasetRefused
            If the dataset is larger than `MAXIMUM_BYTES`, or has another
            SHA-256 than it should have.
        DatasetChanged
            If it is replaced meanwhile.
        """
        source_bucket, _ = split_s3_uri(dataset.uri)
        sources: list[_Source] = []
        for keys in alternatives(dataset):
            allowance = MAXIMUM_BYTES - sum(source.bytes for source in sources)
            sources.append(self._measure(source_bucket, keys, allowance))
        checksum = dataset_checksum({source.name: source.sha256 for source in sources})
        if dataset.sha256 not in (None, checksum):
            raise DatasetRefused(
                f"{dataset.uri}: its SHA-256 is {checksum}: expected {dataset.sha256}"
            )
        prefix = raw_prefix(checksum)
        for source in sources:
            self._keep(source_bucket, source, prefix + source.name)
        return IngestedDataset(
            source_uri=dataset.uri,
            uri=s3_uri(self.bucket, prefix + (sources[0].name if len(sources) == 1 else "")),
            names=tuple(source.name for source in sources),
            sha256=checksum,
            bytes=sum(source.bytes for source in sources),
        )

    def _measure(self, bucket: str, keys: Sequence[str], allowance: int) -> _Source:
        """Read the first object of some that there is, a chunk at a time."""
        for key in keys:
            try:
                found = self.s3.get_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if not is_unseen(error):
                    raise
                continue
            if found["ContentLength"] > allowance:
                raise DatasetRefused(
                    f"{s3_uri(bucket, key)} has {found['ContentLength']:,} bytes: a dataset may"
                    f" have {MAXIMUM_BYTES:,}"
                )
            digest = hashlib.sha256()
            for chunk in found["Body"].iter_chunks(_CHUNK_BYTES):
                digest.update(chunk)
            return _Source(key, found["ETag"], found["ContentLength"], digest.hexdigest())
        uris = " and ".join(s3_uri(bucket, key) for key in keys)
        raise DatasetMissing(
            f"{uris}: missing or forbidden; expected an object, or a prefix that ends with '/'"
            " and the four files of idx below it"
        )

    def _keep(self, bucket: str, source: _Source, key: str) -> None:
        try:
            self.s3.copy_object(
                Bucket=self.bucket,
                Key=key,
                CopySource={"Bucket": bucket, "Key": source.key},
                CopySourceIfMatch=source.etag,
                # What a foreign object is tagged with is neither wanted nor allowed to be read.
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
            )
        except ClientError as error:
            if error_code(error) in _REPLACED:
                uri = s3_uri(bucket, source.key)
                raise DatasetChanged(f"{uri} was replaced while it was read") from error
            raise
