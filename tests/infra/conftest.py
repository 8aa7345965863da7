from pathlib import Path

import pytest

from tests.infra.synthesis import Synthesis, synthesise

CUSTOM_SETTINGS: dict[str, object] = {
    "stack_name": "Digits-Staging",
    "live_endpoint": "digits",
    "dataset_uri": "s3://acme-datasets/mnist/mnist.pkl.gz",
    "dataset_buckets": ["acme-datasets", "acme-archive-<region>"],
    "positive_label": 7,
    "training_instance_type": "ml.m5.xlarge",
    "training_instance_types": ["ml.m5.xlarge"],
    "hosting_instance_type": "ml.m5.large",
    "hosting_instance_types": ["ml.m5.large"],
    "hosting_instance_count": 2,
    "hyperparameters": {"mini_batch_size": "500"},
    "gates": {"test": {"metric": "recall", "minimum": 0.95}},
    "log_retention_days": 365,
    "log_execution_data": True,
    "keep_bucket": False,
    "tags": {"team": "vision"},
}


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synthesis")


@pytest.fixture(scope="session")
def default(work: Path) -> Synthesis:
    return synthesise({}, work)


@pytest.fixture(scope="session")
def customised(work: Path) -> Synthesis:
    return synthesise(CUSTOM_SETTINGS, work)


@pytest.fixture(scope="session", params=["default", "customised"])
def either(request: pytest.FixtureRequest) -> Synthesis:
    return request.getfixturevalue(request.param)
