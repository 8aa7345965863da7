"""S3 as the role that was passed to SageMaker sees it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypedDict

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.sagemaker.resources import invalid

_CONFIG: Final = Config(retries={"total_max_attempts": 3}, s3={"addressing_style": "path"})


_PIECE_BYTES: Final = 4 * 2**20


_BEYOND_THE_END: Final = 416
"""The status of a range of an object that has no byte there."""


class _Precondition(TypedDict, total=False):
    IfMatch: str


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
            return next(self.keys(uri), None) is not None
        except StorageError:
            return False

    def download(self, uri: str, path: Path) -> None:
        """Download one object."""
        bucket, key = split_uri(uri)
        with _refusals(uri):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._client.download_file(bucket, key, str(path))

    def read(self, uri: str, most: int) -> bytes:
        """Return one object, which must not be larger than that.

        Raises
        ------
        StorageError
            If it is, or S3 refuses.
        """
        content = bytearray()
        for piece in self.pieces(uri):
            content += piece
            if len(content) > most:
                raise StorageError(f"{uri} has more than {most:,} bytes")
        return bytes(content)

    def pieces(self, uri: str) -> Iterator[bytes]:
        """Yield one object piece by piece, so that it is never whole in memory.

        Raises
        ------
        StorageError
            If S3 refuses, also because the object was replaced meanwhile.
        """
        bucket, key = split_uri(uri)
        begin, size = 0, 1
        same: _Precondition = {}
        while begin < size:
            with _refusals(uri):
                try:
                    answer = self._client.get_object(
                        Bucket=bucket,
                        Key=key,
                        Range=f"bytes={begin}-{begin + _PIECE_BYTES - 1}",
                        **same,
                    )
                except ClientError as error:
                    if begin == 0 and _status(error) == _BEYOND_THE_END:
                        return  # the object is empty
                    raise
                piece = answer["Body"].read()
            same = {"IfMatch": answer["ETag"]}
            size = int(answer["ContentRange"].rpartition("/")[2])
            begin += len(piece)
            yield piece

    def upload(self, path: Path, uri: str, kms_key: str) -> None:
        """Upload one object, encrypted with a key of KMS if there is one."""
        bucket, key = split_uri(uri)
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        with _refusals(uri):
            self._client.upload_file(str(path), bucket, key, ExtraArgs=encryption)

    def keys(self, uri: str) -> Iterator[str]:
        """Yield the keys below a prefix but for the empty objects that stand for folders."""
        bucket, prefix = split_uri(uri)
        pages = self._client.get_paginator("list_objects_v2")
        with _refusals(uri):
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    if "Key" in item and not item["Key"].endswith("/"):
                        yield item["Key"]


def _status(error: ClientError) -> int | None:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")


@contextmanager
def _refusals(uri: str) -> Generator[None]:
    """Turn the errors of boto3, and of names that no file can have, into one with the URI."""
    try:
        yield
    except ClientError as error:
        raise StorageError(f"{uri}: {error}", missing=_status(error) == 404) from error
    except (BotoCoreError, Boto3Error, OSError) as error:
        raise StorageError(f"{uri}: {error}") from error
