"""What an execution is refused for: named, early, and with nothing made of it."""

import gzip
import pickle
from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import pytest

from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import Deployment, Outcome

Body = Callable[[], bytes]

TOUCHED = Path(gettempdir()) / "pickled-code-ran"


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (TOUCHED,)


def _split(records: int = 60, width: int = 4) -> tuple[np.ndarray, np.ndarray]:
    features = np.arange(records * width, dtype=np.float32).reshape(records, width)
    return features, np.arange(records) % 10


def _pickled(*splits: object) -> bytes:
    return gzip.compress(pickle.dumps(splits, protocol=2))


def _with(record: int, value: float) -> tuple[np.ndarray, np.ndarray]:
    features, labels = _split()
    features[record, 0] = value
    return features, labels


def _one_class() -> tuple[np.ndarray, np.ndarray]:
    features, labels = _split()
    return features, np.ones_like(labels)


DATASETS: dict[str, tuple[Body, str, str]] = {
    "cut-off": (lambda: _pickled(_split(), _split(), _split())[:-40], "DamagedDatasetError", ""),
    "text": (lambda: b"5,3,1\n" * 100, "NotADatasetError", "neither a pickle"),
    "empty": (lambda: b"", "EmptyDatasetError", "is empty"),
    "bomb": (lambda: gzip.compress(bytes(200_000_000)), "OversizedDatasetError", ""),
    "code": (lambda: gzip.compress(pickle.dumps(_Evil())), "UnsafePickleError", ""),
    "nan": (
        lambda: _pickled(_split(), _with(7, np.nan), _split()),
        "InvalidRecordsError",
        "validation, record 7",
    ),
    "infinity": (
        lambda: _pickled(_split(), _split(), _with(3, np.inf)),
        "InvalidRecordsError",
        "test, record 3",
    ),
    "one-class": (lambda: _pickled(_one_class(), _split(), _split()), "InvalidRecordsError", ""),
    "widths": (
        lambda: _pickled(_split(), _split(width=5), _split()),
        "InvalidRecordsError",
        "validation",
    ),
}


@pytest.mark.parametrize("name", DATASETS)
def test_a_dataset_that_cannot_be_used(
    name: str, deployment: Deployment, clients: Clients, sample_bucket: str
) -> None:
    make, error, cause = DATASETS[name]
    clients.s3.put_object(Bucket=sample_bucket, Key=f"tests/{name}", Body=make())
    outcome = deployment.run({"dataset": {"uri": f"s3://{sample_bucket}/tests/{name}"}})
    assert outcome.status == "FAILED", outcome.told
    assert outcome.error == error, outcome.told
    assert cause in (outcome.cause or ""), outcome.told
    _assert_nothing_was_made(deployment, outcome)
    assert not TOUCHED.exists(), "the pickle's code ran"


@pytest.mark.parametrize(
    ("value", "error", "cause"),
    [
        ({"datset": {}}, "InputRefused", "did you mean 'dataset'"),
        ({"hosting": {"keep": "no"}}, "InputRefused", "hosting.keep: 'no'"),
        ({"training": {"instance_type": "m5.large"}}, "InputRefused", "such as 'ml.m4.xlarge'"),
        (
            {"training": {"hyperparameters": {"mini_batch_size": "0"}}},
            "InputRefused",
            "mini_batch_size",
        ),
        ({"conversion": "processing"}, "InputRefused", "not available yet"),
        ({"dataset": {"uri": "s3://somebody-elses/mnist"}}, "InputRefused", "somebody-elses"),
        (
            {"dataset": {"uri": "s3://sagemaker-example-files-prod-us-east-1/none"}},
            "DatasetMissing",
            "none",
        ),
        ({"dataset": {"sha256": "0" * 64}}, "DatasetRefused", "0" * 64),
    ],
)
def test_an_input_that_cannot_be_used(
    value: object, error: str, cause: str, deployment: Deployment
) -> None:
    outcome = deployment.run(value)
    assert outcome.status == "FAILED", outcome.told
    assert outcome.error == error, outcome.told
    assert cause in (outcome.cause or ""), outcome.told
    _assert_nothing_was_made(deployment, outcome)


def _assert_nothing_was_made(deployment: Deployment, outcome: Outcome) -> None:
    assert outcome.output is None
    assert "Train" not in outcome.states
    listed = deployment.clients.s3.list_objects_v2(
        Bucket=deployment.bucket, Prefix=f"prepared/{deployment.names(outcome).folder}"
    )
    assert listed["KeyCount"] == 0, listed.get("Contents")
