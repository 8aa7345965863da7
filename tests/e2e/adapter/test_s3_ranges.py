"""A range of an object is read, and not the object."""

import os

import pytest

from local_aws.server import embedded_aws
from tests.e2e.adapter.account import Account, unique
from tests.e2e.adapter.processes import forget_most_memory, memory

MEBIBYTE = 2**20
CONTENT = bytes(range(256)) * 4


def put(account: Account, body: bytes) -> str:
    """Return the bucket in which the object is."""
    bucket = unique("bucket")
    account.s3.create_bucket(Bucket=bucket)
    account.s3.put_object(Bucket=bucket, Key="key", Body=body)
    return bucket


@pytest.mark.parametrize(
    ("asked", "found", "range_"),
    [
        ("bytes=0-0", CONTENT[:1], "bytes 0-0/1024"),
        ("bytes=10-19", CONTENT[10:20], "bytes 10-19/1024"),
        ("bytes=1000-5000", CONTENT[1000:], "bytes 1000-1023/1024"),
        ("bytes=1000-", CONTENT[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", CONTENT[-24:], "bytes 1000-1023/1024"),
    ],
)
def test_a_range_is_those_bytes(corrected: Account, asked: str, found: bytes, range_: str) -> None:
    bucket = put(corrected, CONTENT)

    answer = corrected.s3.get_object(Bucket=bucket, Key="key", Range=asked)

    assert answer["Body"].read() == found
    assert answer["ContentRange"] == range_


def test_without_a_range_it_is_all(corrected: Account) -> None:
    bucket = put(corrected, CONTENT)

    assert corrected.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == CONTENT


def test_a_range_takes_no_more_memory_than_itself(plain: Account) -> None:
    assert growth(plain) > 90 * MEBIBYTE, "ministack reads ranges alone now"
    with embedded_aws() as running:
        assert growth(Account(running.environment)) < 30 * MEBIBYTE


def growth(account: Account) -> int:
    """Return how much memory some bytes of an object of 100 MiB take."""
    bucket = put(account, os.urandom(100 * MEBIBYTE))
    forget_most_memory(account)
    before = memory(account, "VmRSS")
    for begin in range(0, 100, 10):
        account.s3.get_object(Bucket=bucket, Key="key", Range=f"bytes={begin}-{begin + 9}")
    return memory(account, "VmHWM") - before
