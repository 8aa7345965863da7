import uuid
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local_aws.server import embedded_aws
from tests.unit.lambdas.stubs import Clients, scripted_clients

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture
def aws() -> Iterator[Clients]:
    with scripted_clients() as clients:
        yield clients


@pytest.fixture(scope="session")
def s3() -> Generator["S3Client"]:
    """A client of the embedded AWS's S3: conditional writes and copies are worth the real thing."""
    with embedded_aws() as running:
        session: Any = boto3.Session()
        yield session.client(
            "s3",
            endpoint_url=running.environment["AWS_ENDPOINT_URL"],
            verify=running.environment["AWS_CA_BUNDLE"],
            aws_access_key_id=running.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=running.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=running.environment["AWS_REGION"],
        )


@pytest.fixture
def bucket(s3: "S3Client") -> str:
    """An empty bucket of the test's own; versions show what was written twice."""
    name = f"bucket-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name
