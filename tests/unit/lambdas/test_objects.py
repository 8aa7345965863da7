"""Objects that are written once, also where two calls write them at the same moment."""

import pytest
from botocore.exceptions import ClientError

from lambdas import objects
from tests.unit.lambdas.stubs import BUCKET, Clients

WRITTEN = {
    "Bucket": BUCKET,
    "Key": "key",
    "Body": b"body",
    "ContentType": "text/plain",
    "IfNoneMatch": "*",
}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_CONFLICT_DELAYS", (0.0, 0.0))


def write(aws: Clients) -> bool:
    return objects.write_once(aws.s3, BUCKET, "key", b"body", "text/plain")


def conflict(aws: Clients) -> None:
    aws.expect_error("s3", "put_object", WRITTEN, "ConditionalRequestConflict")


def test_what_is_not_there_is_written(aws: Clients) -> None:
    aws.expect("s3", "put_object", WRITTEN, {})
    assert write(aws)


def test_what_is_there_stays(aws: Clients) -> None:
    aws.expect_error("s3", "put_object", WRITTEN, "PreconditionFailed")
    assert not write(aws)


def test_of_two_writers_at_once_the_loser_finds_what_the_other_wrote(aws: Clients) -> None:
    conflict(aws)
    aws.expect_error("s3", "put_object", WRITTEN, "PreconditionFailed")
    assert not write(aws)


def test_a_conflict_without_a_winner_is_written_again(aws: Clients) -> None:
    conflict(aws)
    conflict(aws)
    aws.expect("s3", "put_object", WRITTEN, {})
    assert write(aws)


def test_a_conflict_that_lasts_is_an_error(aws: Clients) -> None:
    for _ in range(3):
        conflict(aws)
    with pytest.raises(ClientError, match="ConditionalRequestConflict"):
        write(aws)
