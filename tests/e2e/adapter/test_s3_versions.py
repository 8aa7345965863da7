"""Versions of S3 objects are kept, and not in memory."""

import os

from local_aws.server import embedded_aws
from tests.e2e.adapter.account import Account, unique
from tests.e2e.adapter.processes import memory

MEBIBYTE = 2**20


def versioned_bucket(account: Account) -> str:
    name = unique("bucket")
    account.s3.create_bucket(Bucket=name)
    account.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def put(account: Account, bucket: str, body: bytes) -> str:
    return account.s3.put_object(Bucket=bucket, Key="key", Body=body)["VersionId"]


def test_every_version_can_be_read(corrected: Account) -> None:
    bucket = versioned_bucket(corrected)
    versions = {put(corrected, bucket, body): body for body in (b"one", b"two", b"three")}

    found = {
        version: corrected.s3.get_object(Bucket=bucket, Key="key", VersionId=version)["Body"].read()
        for version in versions
    }

    assert found == versions


def test_the_version_before_comes_back_when_the_last_is_deleted(corrected: Account) -> None:
    bucket = versioned_bucket(corrected)
    put(corrected, bucket, b"one")
    last = put(corrected, bucket, b"two")

    corrected.s3.delete_object(Bucket=bucket, Key="key", VersionId=last)

    assert corrected.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"one"


def test_an_object_comes_back_when_its_delete_marker_is_deleted(corrected: Account) -> None:
    bucket = versioned_bucket(corrected)
    put(corrected, bucket, b"one")
    marker = corrected.s3.delete_object(Bucket=bucket, Key="key")["VersionId"]

    corrected.s3.delete_object(Bucket=bucket, Key="key", VersionId=marker)

    assert corrected.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"one"


def test_versions_take_no_memory(plain: Account) -> None:
    assert growth(plain) > 150 * MEBIBYTE, "ministack keeps versions on disk alone now"
    with embedded_aws() as running:
        assert growth(Account(running.environment)) < 100 * MEBIBYTE


def growth(account: Account) -> int:
    """Return how much memory ten versions of 20 MiB take."""
    bucket = versioned_bucket(account)
    put(account, bucket, os.urandom(20 * MEBIBYTE))
    before = memory(account)
    for _ in range(10):
        put(account, bucket, os.urandom(20 * MEBIBYTE))
    return memory(account) - before
