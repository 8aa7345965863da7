import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.errors import DatasetChanged, DatasetMissing, DatasetRefused
from lambdas.ingest import ingestion
from lambdas.ingest.ingestion import Ingestor
from tests.unit.lambdas.datasets import IDX_FILES, keys, planned, put_idx

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT = b"a dataset" * 100_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def source(s3: "S3Client", bucket: str) -> str:
    s3.put_object(Bucket=bucket, Key="data/mnist.pkl.gz", Body=CONTENT, Tagging="owner=somebody")
    return f"s3://{bucket}/data/mnist.pkl.gz"


def test_an_object_is_kept_under_its_checksum(s3: "S3Client", bucket: str, source: str) -> None:
    kept = Ingestor(s3, bucket).ingest(planned(source))
    key = f"raw/{SHA256}/mnist.pkl.gz"
    assert kept.source_uri == source
    assert kept.uri == f"s3://{bucket}/{key}"
    assert kept.names == ("mnist.pkl.gz",)
    assert (kept.sha256, kept.bytes) == (SHA256, len(CONTENT))
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == CONTENT
    assert s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] == [], "tags are not ours"


def test_what_is_kept_is_copied_anew_so_that_it_does_not_expire_too_early(
    s3: "S3Client", bucket: str, source: str
) -> None:
    ingestor = Ingestor(s3, bucket)
    assert ingestor.ingest(planned(source)) == ingestor.ingest(planned(source))
    assert keys(s3, bucket, "raw/") == 2 * [f"raw/{SHA256}/mnist.pkl.gz"], "two versions"


def test_two_at_once_keep_the_same(s3: "S3Client", bucket: str, source: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(Ingestor(s3, bucket).ingest, 2 * [planned(source)])
    assert first == second
    assert set(keys(s3, bucket, "raw/")) == {f"raw/{SHA256}/mnist.pkl.gz"}


def test_the_checksum_that_is_asked_for_is_found(s3: "S3Client", bucket: str, source: str) -> None:
    assert Ingestor(s3, bucket).ingest(planned(source, sha256=SHA256)).sha256 == SHA256


def test_another_checksum_is_refused_and_nothing_is_kept(
    s3: "S3Client", bucket: str, source: str
) -> None:
    with pytest.raises(DatasetRefused) as refusal:
        Ingestor(s3, bucket).ingest(planned(source, sha256="ab" * 32))
    assert str(refusal.value) == f"{source}: its SHA-256 is {SHA256}: expected {'ab' * 32}"
    assert keys(s3, bucket, "raw/") == []


@pytest.mark.parametrize("place", ["s3://{bucket}/missing.gz", "s3://no-bucket-of-that-name/x"])
def test_what_is_not_there_is_named(s3: "S3Client", bucket: str, place: str) -> None:
    uri = place.format(bucket=bucket)
    with pytest.raises(DatasetMissing, match=f"^{uri}: missing or forbidden"):
        Ingestor(s3, bucket).ingest(planned(uri))


def test_a_dataset_without_bounds_is_refused_before_it_is_read(
    s3: "S3Client", bucket: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "MAXIMUM_BYTES", len(CONTENT) - 1)
    with pytest.raises(DatasetRefused, match="has 900,000 bytes: a dataset may have 899,999"):
        Ingestor(s3, bucket).ingest(planned(source))
    assert keys(s3, bucket, "raw/") == []


def test_the_bound_is_for_all_objects_together(
    s3: "S3Client", bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = put_idx(s3, bucket)
    monkeypatch.setattr(ingestion, "MAXIMUM_BYTES", sum(map(len, IDX_FILES.values())) - 1)
    with pytest.raises(DatasetRefused, match=r"train-labels-idx1-ubyte\.gz has"):
        Ingestor(s3, bucket).ingest(planned(uri))


def test_a_dataset_that_is_replaced_meanwhile_is_refused(
    s3: "S3Client", bucket: str, source: str
) -> None:
    def replace(**_: Any) -> None:
        s3.put_object(Bucket=bucket, Key="data/mnist.pkl.gz", Body=b"another dataset")

    s3.meta.events.register("before-call.s3.CopyObject", replace)
    try:
        with pytest.raises(DatasetChanged, match="was replaced while it was read"):
            Ingestor(s3, bucket).ingest(planned(source))
    finally:
        s3.meta.events.unregister("before-call.s3.CopyObject", replace)
    assert keys(s3, bucket, "raw/") == []


@pytest.mark.parametrize("end", ["/", ""])
def test_the_files_of_idx_are_kept_together(s3: "S3Client", bucket: str, end: str) -> None:
    uri = put_idx(s3, bucket).removesuffix("/") + end
    kept = Ingestor(s3, bucket).ingest(planned(uri, is_idx=True))
    checksums = {name: hashlib.sha256(file).hexdigest() for name, file in IDX_FILES.items()}
    lines = "".join(f"{checksums[name]} {name}\n" for name in sorted(checksums))
    assert kept.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert kept.uri == f"s3://{bucket}/raw/{kept.sha256}/"
    assert set(kept.names) == set(IDX_FILES)
    assert keys(s3, bucket, "raw/") == sorted(f"raw/{kept.sha256}/{name}" for name in IDX_FILES)


def test_a_file_of_idx_that_is_missing_is_named(s3: "S3Client", bucket: str) -> None:
    uri = put_idx(s3, bucket)
    s3.delete_object(Bucket=bucket, Key="mnist/t10k-images-idx3-ubyte")
    expected = f"^{uri}t10k-images-idx3-ubyte and {uri}t10k-images-idx3-ubyte.gz: missing or"
    with pytest.raises(DatasetMissing, match=expected):
        Ingestor(s3, bucket).ingest(planned(uri))
