"""Emptying the bucket that goes with the stack: CloudFormation deletes only empty ones.

Permissions: ``s3:ListBucketVersions`` on the bucket; ``s3:DeleteObject`` and
``s3:DeleteObjectVersion`` on its objects.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


def empty_bucket(s3: "S3Client", bucket: str, deadline: float) -> bool:
    """Delete every version of every object.

    Parameters
    ----------
    deadline
        When to stop, by `time.monotonic`.

    Returns
    -------
    bool
        Whether all of it is done.

    Raises
    ------
    RuntimeError
        If S3 keeps one, with its key and S3's reason.
    """
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        if time.monotonic() > deadline:
            return False
        versions: list[ObjectIdentifierTypeDef] = [
            {"Key": found.get("Key", ""), "VersionId": found.get("VersionId", "null")}
            for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if not versions:
            continue
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        for error in answer.get("Errors", ()):
            raise RuntimeError(
                f"{bucket} keeps {error.get('Key')}: {error.get('Code')}, {error.get('Message')}"
            )
    return True
