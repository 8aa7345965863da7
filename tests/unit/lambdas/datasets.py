"""A small dataset, and where it lies."""

import gzip
import struct
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from contract.plan import PlannedDataset

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRAIN_RECORDS, TEST_RECORDS = 36, 20
RANDOM = np.random.default_rng(5)
TRAIN_IMAGES = RANDOM.integers(0, 256, (TRAIN_RECORDS, 2, 3), np.uint8)
TEST_IMAGES = RANDOM.integers(0, 256, (TEST_RECORDS, 2, 3), np.uint8)
TRAIN_LABELS = np.arange(TRAIN_RECORDS, dtype=np.uint8) % 3
TEST_LABELS = np.arange(TEST_RECORDS, dtype=np.uint8) % 3


def idx(array: NDArray[np.uint8]) -> bytes:
    head = struct.pack(f">HBB{array.ndim}I", 0, 0x08, array.ndim, *array.shape)
    return head + array.tobytes()


IDX_FILES = {
    "train-images-idx3-ubyte": idx(TRAIN_IMAGES),
    "train-labels-idx1-ubyte.gz": gzip.compress(idx(TRAIN_LABELS), mtime=0),
    "t10k-images-idx3-ubyte": idx(TEST_IMAGES),
    "t10k-labels-idx1-ubyte.gz": gzip.compress(idx(TEST_LABELS), mtime=0),
}


def put_idx(s3: "S3Client", bucket: str) -> str:
    """Put the dataset below a prefix, and return the prefix's URI."""
    for name, content in IDX_FILES.items():
        s3.put_object(Bucket=bucket, Key=f"mnist/{name}", Body=content)
    return f"s3://{bucket}/mnist/"


def planned(
    uri: str, *, sha256: str | None = None, is_idx: bool = False, positive: int = 0
) -> PlannedDataset:
    found = "idx" if is_idx else "auto"
    return PlannedDataset(uri=uri, sha256=sha256, format=found, positive_label=positive)


def keys(s3: "S3Client", bucket: str, prefix: str = "") -> list[str]:
    """Return the key of every version of every object, so that a second write shows."""
    found = s3.list_object_versions(Bucket=bucket, Prefix=prefix).get("Versions", [])
    return sorted(version.get("Key", "") for version in found)
