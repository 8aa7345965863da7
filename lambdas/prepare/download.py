"""The dataset from ``raw/`` onto the function's disk."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contract.names import raw_prefix
from contract.tasks import IngestedDataset
from lambdas.checksums import dataset_checksum
from lambdas.errors import DatasetRefused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CHUNK_BYTES: Final = 1024**2


def download(s3: "S3Client", bucket: str, dataset: IngestedDataset, folder: Path) -> Path:
    """Write the objects of a dataset to files of their names.

    Returns
    -------
    Path
        Of the one file; of several, their folder.

    Raises
    ------
    DatasetRefused
        If they do not have the checksum under which they lie.
    """
    prefix = raw_prefix(dataset.sha256)
    checksums = {
        name: _download(s3, bucket, prefix + name, folder / name) for name in dataset.names
    }
    found = dataset_checksum(checksums)
    if found != dataset.sha256:
        raise DatasetRefused(f"{dataset.uri} was overwritten: its SHA-256 is {found}")
    return folder / dataset.names[0] if len(dataset.names) == 1 else folder


def _download(s3: "S3Client", bucket: str, key: str, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for chunk in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK_BYTES):
            file.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()
