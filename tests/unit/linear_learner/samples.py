"""Small datasets and training jobs for the tests."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from contract.hyperparameters import Hyperparameters, parse
from data_prep.recordio import write_dense
from linear_learner.arrays import Floats
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.training.settings import ModelSettings

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, eq=False)
class DenseRecords(Records):
    """Records that are surely dense."""

    features: Floats


def hyperparameters(**given: str) -> Hyperparameters:
    """Type hyperparameters of a binary classifier that sees small batches."""
    return parse({"predictor_type": "binary_classifier", "mini_batch_size": "25", **given})


def parsed(**given: str) -> Hyperparameters:
    """Type the hyperparameters of any predictor."""
    return parse(given)


def selected(settings: ModelSettings, *models: int) -> ModelSettings:
    """Return the settings of some of the models."""
    columns = [getattr(settings, column.name) for column in fields(settings)]
    return ModelSettings(*(column[list(models)] for column in columns))


def dataset(
    records: int = 400, features: int = 6, *, seed: int = 0, noise: float = 1.0
) -> DenseRecords:
    """Draw records that a linear model tells apart but for some; about a third are positive.

    The features have means and scales of their own, and one is constant.
    """
    random = np.random.default_rng(seed)
    direction = np.random.default_rng(99).normal(size=features)
    standard = random.normal(size=(records, features))
    outputs = 2 * standard @ direction - 1.2 + noise * random.logistic(size=records)
    shifted = standard * np.geomspace(0.5, 20, features) + np.linspace(-3, 9, features)
    shifted[:, 1] = 4
    return DenseRecords(shifted.astype(np.float32), (outputs > 0).astype(np.float32))


def as_source(data: Records, name: str = "train") -> HeldSource:
    """Return a dataset as the training reads it."""
    return HeldSource(name, Records(data.features, data.labels))


def write_channel(folder: Path, *shards: DenseRecords) -> None:
    """Write a channel's files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, shard in enumerate(shards):
        with (folder / f"part-{number:05}.pbr").open("wb") as file:
            write_dense(file, shard.features, shard.labels)


def write_job(
    base: Path, given: Mapping[str, str], channels: Mapping[str, tuple[DenseRecords, ...]]
) -> Path:
    """Lay out a training job as SageMaker does, and return its base folder."""
    config = base / "input/config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(
        json.dumps({"predictor_type": "binary_classifier", **given})
    )
    channel = {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
        "ContentType": "application/x-recordio-protobuf",
    }
    (config / "inputdataconfig.json").write_text(json.dumps(dict.fromkeys(channels, channel)))
    resources = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
    (config / "resourceconfig.json").write_text(json.dumps(resources))
    for name, shards in channels.items():
        write_channel(base / "input/data" / name, *shards)
    return base


def run_train(base: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the training job of a folder, as a container would."""
    return subprocess.run(
        [sys.executable, "-m", "linear_learner", "train"],
        cwd=PROJECT,
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(base), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
