from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import names

ARN = "arn:aws:states:us-east-1:123456789012:execution:machine:run"
START = datetime(2026, 11, 22, 10, 0, 0, 123_000, tzinfo=UTC)


def of(arn: str = ARN, name: str = "run", start: datetime = START) -> names.ExecutionNames:
    return names.ExecutionNames.of(
        stack_hash=names.stack_hash("linear-learner-mnist"),
        execution_arn=arn,
        execution_name=name,
        start_time=start,
    )


def test_names_are_stable() -> None:
    assert names.stack_hash("linear-learner-mnist") == "c65d3baf"
    assert of() == names.ExecutionNames(resource="c65d3baf-ab1db76b9ec71259", folder="run-ab1db76b")


def test_an_execution_name_that_comes_back_gets_other_names() -> None:
    later = of(start=START + timedelta(days=91))
    assert later.resource != of().resource
    assert later.folder != of().folder


def test_the_moment_counts_and_not_its_time_zone() -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=9)))
    assert of(start=elsewhere) == of()


def test_microseconds_do_not_count_since_not_every_api_has_them() -> None:
    assert of(start=START + timedelta(microseconds=400)) == of()


def test_a_start_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        names.execution_hash(ARN, START.replace(tzinfo=None))


@given(name=st.text(min_size=1, max_size=80), redrive=st.integers(0, 999), retry=st.integers(0, 99))
def test_names_fit_sagemaker_and_s3_whatever_the_execution_is_called(
    name: str, redrive: int, retry: int
) -> None:
    found = of(name=name)
    job = found.training_job(names.attempt(redrive, retry))
    for resource in (found.resource, job):
        assert len(resource) <= 63
        assert all(character in "0123456789abcdefghijklmnopqrstuvwxyz-" for character in resource)
    assert len(found.folder) <= 57
    assert found.folder.isascii()
    assert "/" not in found.folder


def test_keys() -> None:
    prepared = names.prepared_prefix("run-ab1db76b", names.attempt(0, 1))
    assert names.shard_key(prepared, "train", 3) == "prepared/run-ab1db76b/0-1/train/part-00003.pbr"
    assert names.raw_prefix("ab" * 32) == f"raw/{'ab' * 32}/"
    assert names.evaluation_key("run-ab1db76b") == "evaluations/run-ab1db76b/evaluation.json"


def test_s3_uris_are_split_and_joined() -> None:
    assert names.split_s3_uri("s3://bucket/a/b.gz") == ("bucket", "a/b.gz")
    assert names.s3_uri("bucket", "a/b.gz") == "s3://bucket/a/b.gz"


@pytest.mark.parametrize("uri", ["", "bucket/key", "s3://bucket", "s3://bucket/", "s3://B_/k"])
def test_what_is_no_s3_uri_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="expected s3://bucket/key"):
        names.split_s3_uri(uri)


@pytest.mark.parametrize("name", ["run-1", "a.b_C", "größe", "a+b=c@d"])
def test_an_execution_name_that_a_tag_can_hold(name: str) -> None:
    assert names.check_execution_name(name) == name


@pytest.mark.parametrize("name", ["wow!", "(a)", "it's", "a b", ""])
def test_an_execution_name_that_no_tag_can_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected letters, digits and"):
        names.check_execution_name(name)
