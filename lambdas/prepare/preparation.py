"""From a dataset under ``raw/`` to shards and their manifest under ``prepared/``.

Every attempt writes below a prefix of its own, the same bytes from the same
dataset, and the manifest last: where it is, all the rest is.

Permissions: ``s3:GetObject`` on ``raw/*``, ``s3:PutObject`` on ``prepared/*``.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from contract.manifest import DatasetSource, Manifest, Shard, SplitReport
from contract.names import (
    CHANNELS,
    MANIFEST_NAME,
    Channel,
    channel_prefix,
    prepared_prefix,
    s3_uri,
    shard_key,
)
from contract.tasks import PreparedDataset, PrepareEvent
from data_prep.dataset import Dataset
from data_prep.datasets import load
from data_prep.errors import DatasetError
from data_prep.inspection import Inspection, inspect
from data_prep.labels import binary_labels
from data_prep.shards import shuffled, write_shards
from lambdas.prepare.download import download
from lambdas.prepare.upload import SHARD_BYTES, ShardUploads, shard_uploads
from lambdas.prepare.version import code_version

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SHUFFLE_SEED: Final = 20_170_908
"""Any number will do, as long as it stays: the same dataset gives the same shards."""


@dataclass(frozen=True, slots=True)
class Preparer:
    """Prepares datasets within one bucket."""

    s3: "S3Client"
    bucket: str

    def prepare(self, event: PrepareEvent) -> PreparedDataset:
        """Write shards and manifest.

        Raises
        ------
        data_prep.errors.DatasetError
            If the dataset is refused; nothing is written then. The message
            begins with the dataset's URI.
        """
        try:
            dataset = self._load(event)
            inspection = inspect(dataset, event.dataset.positive_label)
        except DatasetError as error:
            # The library knows a file alone; the class stays, it tells the kind.
            error.args = (f"{event.ingested.source_uri}: {error}",)
            raise
        prefix = prepared_prefix(event.names.folder, event.attempt)
        source = DatasetSource(
            uri=event.ingested.source_uri, sha256=event.ingested.sha256, format=dataset.format
        )
        with shard_uploads(self.s3, self.bucket) as uploads:
            shards: dict[Channel, tuple[Shard, ...]] = {
                channel: _write(uploads, prefix, channel, dataset, event.dataset.positive_label)
                for channel in CHANNELS
            }
        manifest = _manifest(source, event.dataset.positive_label, inspection, shards)
        self._write_manifest(prefix, manifest)
        return self._answer(prefix, manifest)

    def _load(self, event: PrepareEvent) -> Dataset:
        with TemporaryDirectory() as folder:
            path = download(self.s3, self.bucket, event.ingested, Path(folder))
            return load(path, event.dataset.format)

    def _write_manifest(self, prefix: str, manifest: Manifest) -> None:
        self.s3.put_object(
            Bucket=self.bucket,
            Key=prefix + MANIFEST_NAME,
            Body=manifest.model_dump_json(indent=2).encode(),
            ContentType="application/json",
        )

    def _answer(self, prefix: str, manifest: Manifest) -> PreparedDataset:
        return PreparedDataset(
            source=manifest.source,
            manifest_uri=s3_uri(self.bucket, prefix + MANIFEST_NAME),
            train_uri=s3_uri(self.bucket, channel_prefix(prefix, "train")),
            validation_uri=s3_uri(self.bucket, channel_prefix(prefix, "validation")),
            feature_dim=manifest.feature_dim,
        )


def _write(
    uploads: ShardUploads, prefix: str, channel: Channel, dataset: Dataset, positive_label: int
) -> tuple[Shard, ...]:
    """Write one split; the train split in a random order, for batches that are alike.

    The others stay in the dataset's order, so that a prediction can be traced
    to its record.
    """
    features, labels = dataset.splits[channel]
    written = write_shards(
        lambda index: uploads.open(shard_key(prefix, channel, index)),
        features,
        binary_labels(channel, labels, positive_label),
        order=shuffled(len(labels), SHUFFLE_SEED) if channel == "train" else None,
        shard_bytes=SHARD_BYTES,
    )
    return tuple(
        Shard(
            key=shard_key(prefix, channel, shard.index),
            records=shard.records,
            bytes=shard.bytes,
            sha256=shard.sha256,
        )
        for shard in written
    )


def _manifest(
    source: DatasetSource,
    positive_label: int,
    inspection: Inspection,
    shards: dict[Channel, tuple[Shard, ...]],
) -> Manifest:
    return Manifest(
        source=source,
        positive_label=positive_label,
        feature_dim=inspection.feature_dim,
        dtype=inspection.dtype,
        splits={
            channel: SplitReport(**asdict(found), shards=shards[channel])
            for channel, found in inspection.splits.items()
        },
        duplicates=inspection.duplicates,
        seed=SHUFFLE_SEED,
        code_version=code_version(),
    )
