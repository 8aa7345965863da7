import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from numpy.typing import NDArray

from contract.manifest import Manifest, SplitReport
from contract.names import split_s3_uri
from contract.tasks import PreparedDataset, PrepareEvent
from data_prep.errors import DatasetError, InvalidRecordsError
from data_prep.recordio import read
from lambdas.errors import DatasetRefused
from lambdas.ingest.ingestion import Ingestor
from lambdas.prepare import preparation
from lambdas.prepare.preparation import Preparer
from lambdas.prepare.upload import shard_uploads
from tests.unit.lambdas.datasets import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    keys,
    planned,
    put_idx,
)
from tests.unit.lambdas.stubs import EXECUTION, NAMES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = f"prepared/{NAMES.folder}/0-0/"
VALIDATION_RECORDS = len(TRAIN_LABELS) // 6


def prepare(
    s3: "S3Client", bucket: str, *, attempt: str = "0-0", positive: int = 0
) -> PreparedDataset:
    dataset = planned(put_idx(s3, bucket), positive=positive)
    event = PrepareEvent(
        execution=EXECUTION,
        names=NAMES,
        attempt=attempt,
        dataset=dataset,
        ingested=Ingestor(s3, bucket).ingest(dataset),
    )
    return Preparer(s3, bucket).prepare(event)


def read_manifest(s3: "S3Client", bucket: str, prepared: PreparedDataset) -> Manifest:
    _, key = split_s3_uri(prepared.manifest_uri)
    return Manifest.model_validate_json(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def read_split(
    s3: "S3Client", bucket: str, split: SplitReport
) -> tuple[NDArray[Any], NDArray[Any]]:
    contents = [s3.get_object(Bucket=bucket, Key=s.key)["Body"].read() for s in split.shards]
    features, labels = read(b"".join(contents))
    assert isinstance(features, np.ndarray)
    assert labels is not None
    return features, labels


def pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1) * np.float32(1 / 256)


def test_the_test_and_validation_splits_keep_the_datasets_order(
    s3: "S3Client", bucket: str
) -> None:
    manifest = read_manifest(s3, bucket, prepare(s3, bucket))
    features, labels = read_split(s3, bucket, manifest.splits["test"])
    assert np.array_equal(features, pixels(TEST_IMAGES))
    assert np.array_equal(labels, TEST_LABELS == 0)
    features, labels = read_split(s3, bucket, manifest.splits["validation"])
    assert np.array_equal(features, pixels(TRAIN_IMAGES)[-VALIDATION_RECORDS:])
    assert np.array_equal(labels, TRAIN_LABELS[-VALIDATION_RECORDS:] == 0)


def test_the_train_split_is_shuffled_with_its_labels(s3: "S3Client", bucket: str) -> None:
    manifest = read_manifest(s3, bucket, prepare(s3, bucket, positive=2))
    features, labels = read_split(s3, bucket, manifest.splits["train"])
    expected = pixels(TRAIN_IMAGES)[:-VALIDATION_RECORDS]
    positive = TRAIN_LABELS[:-VALIDATION_RECORDS] == 2
    assert not np.array_equal(features, expected)
    rows = {(*record.tolist(), bool(label)) for record, label in zip(features, labels, strict=True)}
    assert rows == {(*r.tolist(), bool(p)) for r, p in zip(expected, positive, strict=True)}


def test_the_manifest_says_what_lies_there(s3: "S3Client", bucket: str) -> None:
    prepared = prepare(s3, bucket)
    manifest = read_manifest(s3, bucket, prepared)
    assert prepared.manifest_uri == f"s3://{bucket}/{PREFIX}manifest.json"
    assert prepared.train_uri == f"s3://{bucket}/{PREFIX}train/"
    assert prepared.validation_uri == f"s3://{bucket}/{PREFIX}validation/"
    assert prepared.feature_dim == manifest.feature_dim == 6
    assert prepared.source == manifest.source
    assert manifest.source.format == "idx"
    assert manifest.splits["test"].labels == {"0": 7, "1": 7, "2": 6}
    assert manifest.splits["test"].positives == 7
    assert manifest.duplicates == {"train+validation": 0, "train+test": 0, "validation+test": 0}
    for split in manifest.splits.values():
        for shard in split.shards:
            assert s3.head_object(Bucket=bucket, Key=shard.key)["ContentLength"] == shard.bytes


def test_every_attempt_writes_the_same_below_its_own_prefix(s3: "S3Client", bucket: str) -> None:
    first = read_manifest(s3, bucket, prepare(s3, bucket))
    second = read_manifest(s3, bucket, prepare(s3, bucket, attempt="0-1"))
    for channel, split in first.splits.items():
        assert [s.sha256 for s in split.shards] == [s.sha256 for s in second.splits[channel].shards]
        assert all(s.key.startswith(PREFIX) for s in split.shards)
    assert first.code_version == second.code_version


def test_a_split_is_cut_into_shards(
    s3: "S3Client", bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "SHARD_BYTES", 500)
    manifest = read_manifest(s3, bucket, prepare(s3, bucket))
    test = manifest.splits["test"]
    assert len(test.shards) > 2
    assert sum(shard.records for shard in test.shards) == len(TEST_LABELS)
    features, _ = read_split(s3, bucket, test)
    assert np.array_equal(features, pixels(TEST_IMAGES))


def test_the_manifest_is_written_last(s3: "S3Client", bucket: str) -> None:
    written: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        written.append(params["Key"])

    s3.meta.events.register("provide-client-params.s3.PutObject", note)
    prepare(s3, bucket)
    s3.meta.events.unregister("provide-client-params.s3.PutObject", note)
    shards = {f"{PREFIX}{name}/part-00000.pbr" for name in ("train", "validation", "test")}
    assert set(written[-4:-1]) == shards
    assert written[-1] == f"{PREFIX}manifest.json"


def test_a_dataset_that_is_refused_leaves_nothing(s3: "S3Client", bucket: str) -> None:
    with pytest.raises(InvalidRecordsError) as refusal:
        prepare(s3, bucket, positive=9)
    assert str(refusal.value).startswith(f"s3://{bucket}/mnist/: train: one class only")
    assert keys(s3, bucket, "prepared/") == []


def test_what_is_no_dataset_is_refused_with_its_name(s3: "S3Client", bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="notes.txt", Body=b"not a dataset")
    dataset = planned(f"s3://{bucket}/notes.txt")
    ingested = Ingestor(s3, bucket).ingest(dataset)
    event = PrepareEvent(
        execution=EXECUTION, names=NAMES, attempt="0-0", dataset=dataset, ingested=ingested
    )
    with pytest.raises(DatasetError, match=r"^s3://bucket-\w+/notes.txt: notes.txt is neither"):
        Preparer(s3, bucket).prepare(event)
    assert keys(s3, bucket, "prepared/") == []


def test_a_raw_object_that_was_overwritten_is_refused(s3: "S3Client", bucket: str) -> None:
    dataset = planned(put_idx(s3, bucket))
    ingested = Ingestor(s3, bucket).ingest(dataset)
    name = ingested.names[0]
    s3.put_object(Bucket=bucket, Key=f"raw/{ingested.sha256}/{name}", Body=b"something else")
    event = PrepareEvent(
        execution=EXECUTION, names=NAMES, attempt="0-0", dataset=dataset, ingested=ingested
    )
    with pytest.raises(DatasetRefused, match="was overwritten: its SHA-256 is"):
        Preparer(s3, bucket).prepare(event)


def test_a_shard_that_s3_does_not_take_is_an_error(s3: "S3Client") -> None:
    def upload() -> None:
        with shard_uploads(s3, "no-bucket-of-that-name") as uploads:
            for index in range(4):
                with uploads.open(f"part-{index}") as sink:
                    assert isinstance(sink, io.BytesIO)
                    sink.write(b"records")

    with pytest.raises(ClientError, match="NoSuchBucket"):
        upload()
