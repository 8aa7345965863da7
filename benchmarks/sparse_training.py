"""Sparse training: one model and 32, beside Vowpal Wabbit's one.

``python -m benchmarks.sparse_training``: a million records of 100,000 features,
20 of which are not 0. From a file of recordIO to the trained and calibrated
model, one pass, mini-batches of 1000; Vowpal Wabbit makes one pass over its
own text, and over the cache that it makes of it. All in this process, with all that
is compiled loaded and the files in the page cache; in turns, medians. The loss
is the logistic one over the pass, each record seen before it is learned from.
"""

import logging
import logging.handlers
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
import vowpalwabbit

from benchmarks.training import write_config
from data_prep.recordio import write_sparse
from linear_learner import compile_all
from linear_learner.container import Container
from linear_learner.data.channels import open_channels
from linear_learner.job import read_job
from linear_learner.training.fit import fit
from linear_learner.training.training_log import LOGGER

RECORDS, FEATURES, NONZERO = 1_000_000, 100_000, 20
TURNS = 3
HYPERPARAMETERS = {
    "predictor_type": "binary_classifier",
    "epochs": "1",
    "normalize_data": "false",
}
LOSS = re.compile(r"train binary_classification_cross_entropy_objective <loss>=(\S+)")
AT_MOST = {"1": (1, 0.2), "32": (2, 1)}
"""Times Vowpal Wabbit from its cache, and over its text; and what is aimed at."""
LOG = logging.handlers.MemoryHandler(1 << 20, logging.CRITICAL)


class Done(NamedTuple):
    """Seconds of the wall's clock and of all processors, and the mean loss over the pass."""

    wall: float
    processors: float
    loss: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, processors {self.processors:.2f} s, loss {self.loss:.3f}"


class Clock:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._processors = time.perf_counter(), time.process_time()

    def done(self, loss: float) -> Done:
        """Return what it shows."""
        wall, processors = time.perf_counter(), time.process_time()
        return Done(wall - self._wall, processors - self._processors, loss)


class Data(NamedTuple):
    """Values, shape (records, non-zeros), their columns, and labels."""

    values: np.ndarray
    columns: np.ndarray
    labels: np.ndarray


def draw() -> Data:
    """Draw records that a linear model tells apart but for some."""
    random = np.random.default_rng(0)
    # Few of many columns are drawn twice for a record: those make one value.
    columns = np.sort((random.random((RECORDS, NONZERO)) ** 2 * FEATURES).astype(np.int32), axis=1)
    values = random.normal(size=columns.shape).astype(np.float32)
    values[:, 1:][columns[:, 1:] == columns[:, :-1]] = 0
    weights = random.normal(size=FEATURES).astype(np.float32)
    outputs = (values * weights[columns]).sum(axis=1) + random.logistic(size=RECORDS)
    return Data(values, columns, (outputs > 0).astype(np.float32))


def write_recordio(base: Path, data: Data) -> None:
    ends = np.arange(0, data.values.size + 1, NONZERO)
    rows = scipy.sparse.csr_matrix(
        (data.values.flatten(), data.columns.flatten(), ends), shape=(RECORDS, FEATURES)
    )
    rows.eliminate_zeros()
    folder = base / "input/data/train"
    folder.mkdir(parents=True)
    with (folder / "part-00000.pbr").open("wb") as file:
        write_sparse(file, rows, data.labels)


def write_text(path: Path, data: Data) -> None:
    with path.open("w") as file:
        for values, columns, label in zip(data.values, data.columns, data.labels, strict=True):
            pairs = " ".join(
                f"{column}:{value:.7g}"
                for column, value in zip(columns.tolist(), values.tolist(), strict=True)
                if value
            )
            file.write(f"{'1' if label else '-1'} | {pairs}\n")


def train(base: Path, models: str) -> Done:
    write_config(base, {**HYPERPARAMETERS, "num_models": models}, ("train",))
    clock = Clock()
    container = Container(base, "127.0.0.1", 8080)
    job = read_job(container)
    fit(open_channels(container, job)["train"], job.hyperparameters)
    done = clock.done(0)
    lines = "\n".join(record.getMessage() for record in LOG.buffer)
    LOG.buffer.clear()
    return done._replace(loss=float(LOSS.findall(lines)[0]))


def vowpal_wabbit(text: Path, *options: str) -> Done:
    clock = Clock()
    peer: Any = vowpalwabbit.Workspace(
        arg_list=["--quiet", "--loss_function", "logistic", "-d", str(text), *options]
    )
    done = clock.done(peer.get_sum_loss() / peer.get_weighted_examples())
    peer.finish()
    return done


def medians(contenders: dict[str, Callable[[], Done]]) -> dict[str, Done]:
    """Run all of them in turns."""
    turns = [{name: run() for name, run in contenders.items()} for _ in range(TURNS)]
    return {
        name: Done(*map(statistics.median, zip(*(turn[name] for turn in turns), strict=True)))
        for name in contenders
    }


def main() -> None:
    """Measure and print."""
    compile_all.main()
    LOGGER.addHandler(LOG)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    with tempfile.TemporaryDirectory() as folder:
        base, text = Path(folder), Path(folder) / "train.vw"
        data = draw()
        write_recordio(base, data)
        write_text(text, data)
        del data
        found = medians(
            {
                "1": lambda: train(base, "1"),
                "cache": lambda: vowpal_wabbit(text, "--cache_file", f"{text}.cache"),
                "32": lambda: train(base, "32"),
                "text": lambda: vowpal_wabbit(text),
            }
        )
    for name, peer in (("1", "cache"), ("32", "text")):
        ours, theirs = found[name], found[peer]
        at_most, aim = AT_MOST[name]
        print(f"{name} of ours: {ours}")
        print(f"Vowpal Wabbit, {peer}: {theirs}")
        print(f"{ours.wall / theirs.wall:.2f} x (at most {at_most}, aim {aim})")
        print(f"{ours.processors / theirs.processors:.2f} x, by the processors' seconds")


if __name__ == "__main__":
    main()
