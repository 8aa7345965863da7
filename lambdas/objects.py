"""Objects in the bucket that are written once.

Permissions: ``s3:GetObject`` and ``s3:PutObject`` on the keys. No function
may list the bucket, so S3 answers "forbidden" for a key that does not exist.
"""

import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_UNSEEN: Final = ("NoSuchKey", "NoSuchBucket", "AccessDenied")
"""Missing, or forbidden."""

_CONFLICT_DELAYS: Final = (0.1, 0.2, 0.4, 0.8)
"""Seconds between attempts at a write that met another one of the same key, still under way."""


def is_unseen(error: ClientError) -> bool:
    """Tell whether an object is missing, or forbidden: without a list one cannot know which."""
    return error_code(error) in _UNSEEN


def error_code(error: ClientError) -> str:
    """Return the code of an error that AWS answered with."""
    return error.response.get("Error", {}).get("Code", "")


def read(s3: "S3Client", bucket: str, key: str) -> bytes:
    """Return the content of an object."""
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def read_if_there(s3: "S3Client", bucket: str, key: str) -> bytes | None:
    """Return the content of an object; None if there is none."""
    try:
        return read(s3, bucket, key)
    except ClientError as error:
        if is_unseen(error):
            return None
        raise


def write_once(s3: "S3Client", bucket: str, key: str, body: bytes, content_type: str) -> bool:
    """Write an object that does not exist yet.

    Returns
    -------
    bool
        Whether it was written; False if there was one already.
    """
    for delay in _CONFLICT_DELAYS:
        try:
            return _write_if_absent(s3, bucket, key, body, content_type)
        except ClientError as error:
            if error_code(error) != "ConditionalRequestConflict":
                raise
        time.sleep(delay)
    return _write_if_absent(s3, bucket, key, body, content_type)


def _write_if_absent(s3: "S3Client", bucket: str, key: str, body: bytes, content_type: str) -> bool:
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*")
    except ClientError as error:
        if error_code(error) == "PreconditionFailed":
            return False
        raise
    return True
