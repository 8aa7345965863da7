"""One embedded AWS for all the tests of a session; they keep apart by the names they use."""

from collections.abc import Generator

import boto3
import pytest

from local_aws.server import EmbeddedAws, embedded_aws


@pytest.fixture(scope="session")
def aws() -> Generator[EmbeddedAws]:
    """A running embedded AWS: `environment` is for subprocesses such as the CDK CLI."""
    with embedded_aws() as running, pytest.MonkeyPatch.context() as environment:
        for name, value in running.environment.items():
            environment.setenv(name, value)
        yield running


@pytest.fixture(scope="session")
def session(aws: EmbeddedAws) -> boto3.Session:
    """A session of the embedded AWS's root user; its clients need no endpoint."""
    return boto3.Session(
        aws_access_key_id=aws.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=aws.environment["AWS_REGION"],
    )
