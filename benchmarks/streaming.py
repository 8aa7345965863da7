"""Training on more than fits into memory: a job in a process of its own, and its memory.

``python -m benchmarks.streaming [--gigabytes N]``: dense recordIO, 784
features, in files of 64 MB; one epoch of one model, and of 32. Beside it, how
long it takes to read the same bytes and do nothing with them. A job passes over
the data three times: it trains, it chooses, it measures what it has chosen.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.recordio import write_dense

FEATURES = 784
FILE_RECORDS = 20_000
PASSES = 3
AT_MOST = 1000
"""MB of memory."""
READ_BYTES = 4 << 20


class Measured(NamedTuple):
    """A job's seconds, its megabytes, and the records it trained on in a second."""

    seconds: float
    megabytes: float
    throughput: float


def write_files(folder: Path, gigabytes: float) -> int:
    """Write the channel's files, all of the same records, and return how many bytes they are."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    features = random.random((FILE_RECORDS, FEATURES), np.float32)
    labels = (features[:, :10].sum(axis=1) > 6).astype(np.float32)
    first = folder / "part-00000.pbr"
    with first.open("wb") as file:
        write_dense(file, features, labels)
    content = first.read_bytes()
    files = max(1, round(gigabytes * 1e9 / len(content)))
    for number in range(1, files):
        (folder / f"part-{number:05}.pbr").write_bytes(content)
    return files * len(content)


def write_job(base: Path, models: int) -> None:
    config = base / "input/config"
    config.mkdir(parents=True, exist_ok=True)
    hyperparameters = {
        "predictor_type": "binary_classifier",
        "mini_batch_size": "1000",
        "epochs": "1",
        "num_models": str(models),
    }
    for name, content in (
        ("hyperparameters", hyperparameters),
        ("inputdataconfig", {"train": {"TrainingInputMode": "File"}}),
        ("resourceconfig", {"current_host": "algo-1", "hosts": ["algo-1"]}),
    ):
        (config / f"{name}.json").write_text(json.dumps(content))


def run_job(base: Path) -> Measured:
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "linear_learner", "train"],
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(base)},
        stdout=subprocess.PIPE,
        text=True,
    ) as job:
        log, _ = job.communicate()
    seconds = time.perf_counter() - start
    if job.returncode:
        sys.exit(f"the job failed:\n{log}")
    throughput = re.search(r"train throughput=(\S+) records/second", log)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Measured(seconds, peak / 1024, float(throughput[1]) if throughput else 0.0)


def read_seconds(folder: Path) -> float:
    buffer = memoryview(bytearray(READ_BYTES))
    start = time.perf_counter()
    for path in sorted(folder.iterdir()):
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    gigabytes = parser.parse_args().gigabytes
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        folder = base / "input/data/train"
        size = write_files(folder, gigabytes)
        print(f"{size / 1e9:.1f} GB in {len(list(folder.iterdir()))} files")
        for models in (1, 32):
            read = read_seconds(folder)
            write_job(base, models)
            job = run_job(base)
            print(
                f"  {models:>2} models: {job.seconds:.1f} s, {job.throughput:,.0f} records/s in "
                f"training; {PASSES * size / job.seconds / 1e6:.0f} MB/s in {PASSES} passes, "
                f"reading alone {size / read / 1e6:.0f} MB/s"
            )
            print(f"    {job.megabytes:.0f} MB of memory (at most {AT_MOST})")


if __name__ == "__main__":
    main()
