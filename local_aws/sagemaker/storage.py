"""S3 as the role that was passed to SageMaker sees it."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.sagemaker.resources import invalid

_CONFIG: Final = Config(retries={"total_max_attempts": 3}, s3={"addressing_style": "path"})


class StorageError(Exception):
    """S3 refused, or did not have, what was asked for.

    Attributes
    ----------
    missing
        Whether it is certain that the object or bucket is not there.
    """

    def __init__(self, message: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


def split_uri(uri: str) -> tuple[str, str]:
    """Split an S3 URI into bucket and key, which may be empty.

    Raises
    ------
    AwsError
        ``ValidationException`` if it is none.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise invalid(f'"{uri}" is not an S3 URI: expected s3://bucket/key.')
    return bucket, key


class Storage:
    """Reads and writes S3 under the credentials of one session."""

    def __init__(self, session: boto3.Session, endpoint_url: str) -> None:
        self._client = session.client(  # pyright: ignore[reportUnknownMemberType]  # its stubs
            "s3", endpoint_url=endpoint_url, config=_CONFIG
        )

    def check_object(self, uri: str) -> None:
        """Raise `StorageError` unless the object is there and may be read."""
        bucket, key = split_uri(uri)
        with _refusals(uri):
            self._client.head_object(Bucket=bucket, Key=key)

    def has_objects(self, uri: str) -> bool:
        """Whether any object's URI begins so, and may be listed."""
        try:
            with _refusals(uri):
                return next(self._keys(uri), None) is not None
        except StorageError:
            return False

    def download(self, uri: str, path: Path) -> None:
        """Download one object."""
        bucket, key = split_uri(uri)
        with _refusals(uri):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._client.download_file(bucket, key, str(path))

    def download_prefix(self, uri: str, folder: Path, stopped: Callable[[], bool]) -> int:
        """Download all objects whose URIs begin so, and return how many there were.

        What follows the last slash of the URI stays part of the file's name,
        as in a training job: ``s3://b/data/tr`` gives ``train/x`` of ``data/train/x``.

        Parameters
        ----------
        uri
            An S3 prefix, or the URI of one object.
        folder
            Where the files go.
        stopped
            Asked before each object; the rest is left if it answers yes.
        """
        bucket, prefix = split_uri(uri)
        parent = prefix[: prefix.rfind("/") + 1]
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        with _refusals(uri):
            for key in self._keys(uri):
                if stopped():
                    break
                self.download(f"s3://{bucket}/{key}", _inside(folder, key.removeprefix(parent)))
                count += 1
        return count

    def upload(self, path: Path, uri: str) -> None:
        """Upload one object."""
        bucket, key = split_uri(uri)
        with _refusals(uri):
            self._client.upload_file(str(path), bucket, key)

    def _keys(self, uri: str) -> Iterator[str]:
        """Yield the keys below a prefix but for the empty objects that stand for folders."""
        bucket, prefix = split_uri(uri)
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", ()):
                if "Key" in item and not item["Key"].endswith("/"):
                    yield item["Key"]


def _inside(folder: Path, name: str) -> Path:
    if ".." in PurePosixPath(name).parts or name.startswith("/"):
        raise StorageError(f"the key {name!r} would be written outside of its channel")
    return folder / name


@contextmanager
def _refusals(uri: str) -> Generator[None]:
    """Turn the errors of boto3, and of names that no file can have, into one with the URI."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        raise StorageError(f"{uri}: {error}", missing=status == 404) from error
    except (BotoCoreError, Boto3Error, OSError) as error:
        raise StorageError(f"{uri}: {error}") from error
