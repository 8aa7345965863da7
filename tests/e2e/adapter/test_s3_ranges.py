"""A range of an object is read, and not the object."""

import pytest

from tests.e2e.adapter.account import Account, unique
from tests.e2e.adapter.processes import bytes_read

CONTENT = bytes(range(256)) * 4
LARGE = bytes(20 * 2**20)


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


def test_no_more_is_read_than_the_range(corrected: Account, plain: Account) -> None:
    assert bytes_read_for_ten_ranges(plain) > 10 * len(LARGE), "ministack reads ranges alone now"
    assert bytes_read_for_ten_ranges(corrected) < len(LARGE)


def bytes_read_for_ten_ranges(account: Account) -> int:
    bucket = put(account, LARGE)
    before = bytes_read(account)
    for begin in range(0, 100, 10):
        account.s3.get_object(Bucket=bucket, Key="key", Range=f"bytes={begin}-{begin + 9}")
    return bytes_read(account) - before
