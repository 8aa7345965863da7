"""``train`` as a container runs it: exit codes, the artifact, the failure file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from linear_learner import artifact
from linear_learner.selection.metrics import evaluate
from linear_learner.training.fit import fit
from tests.unit.linear_learner.samples import (
    PROJECT,
    DenseRecords,
    as_source,
    dataset,
    hyperparameters,
    run_train,
    write_job,
)

TRAIN, VALIDATION = dataset(), dataset(200, seed=1)
GIVEN = {"epochs": "2", "mini_batch_size": "25"}


def halves(data: DenseRecords) -> tuple[DenseRecords, DenseRecords]:
    middle = len(data) // 2
    return (
        DenseRecords(data.features[:middle], data.labels[:middle]),
        DenseRecords(data.features[middle:], data.labels[middle:]),
    )


def test_a_job_leaves_the_model_that_the_library_would_train(tmp_path: Path) -> None:
    channels = {"train": halves(TRAIN), "validation": (VALIDATION,)}
    job = run_train(write_job(tmp_path, GIVEN, channels))
    assert job.returncode == 0, job.stderr
    assert [file.name for file in (tmp_path / "model").iterdir()] == ["model_algo-1"]
    assert not (tmp_path / "output/failure").exists()
    validation = as_source(VALIDATION)
    expected = fit(as_source(TRAIN), hyperparameters(epochs="2"), validation)
    model = artifact.load(tmp_path / "model")
    assert model.weights == pytest.approx(expected.weights, abs=1e-5)
    assert evaluate(model, validation)["binary_classification_accuracy"] > 0.8


def test_two_runs_of_a_job_leave_the_same_bytes_whatever_threads_there_are(tmp_path: Path) -> None:
    written: list[bytes] = []
    large = dataset(1000, 400)  # so that OpenBLAS would share the work among threads
    for threads in ("1", "2"):
        base = write_job(
            tmp_path / threads, {**GIVEN, "mini_batch_size": "200"}, {"train": (large,)}
        )
        run_train(base, OPENBLAS_NUM_THREADS=threads)
        written.append((base / "model/model_algo-1").read_bytes())
    assert written[0] == written[1]


def bad_features() -> DenseRecords:
    features = TRAIN.features.copy()
    features[41, 3] = np.nan
    return DenseRecords(features, TRAIN.labels)


@pytest.mark.parametrize(
    ("given", "data", "reason"),
    [
        ({"mini_batchsize": "5"}, TRAIN, "mini_batchsize: unknown hyperparameter; did you mean"),
        ({"loss": "softmax_loss"}, TRAIN, "loss: 'softmax_loss'"),
        ({"feature_dim": "784"}, TRAIN, "record 0: 6 features: expected 784"),
        ({}, bad_features(), "file part-00000.pbr, record 41: feature 3 is nan"),
    ],
)
def test_what_the_customer_has_to_mend_is_told(
    given: dict[str, str], data: DenseRecords, reason: str, tmp_path: Path
) -> None:
    job = run_train(write_job(tmp_path, given, {"train": (data,)}))
    failure = (tmp_path / "output/failure").read_text()
    assert job.returncode == 2
    assert failure.startswith("ClientError: ")
    assert reason in failure
    assert f"ERROR {job.stdout.split('ERROR ')[1].split(']')[0]}] {failure}" in job.stdout
    assert "Traceback" not in job.stdout + job.stderr
    assert not (tmp_path / "model").exists(), "nothing half-written"


def test_any_other_error_is_the_algorithms(tmp_path: Path) -> None:
    write_job(tmp_path, GIVEN, {"train": (TRAIN,)})
    (tmp_path / "model").write_text("a file where the folder has to be")
    job = run_train(tmp_path)
    assert job.returncode == 1
    assert (tmp_path / "output/failure").read_text().startswith("AlgorithmError: FileExistsError")
    assert "Traceback" in job.stderr


@pytest.mark.parametrize("arguments", [[], ["tune"], ["train", "now"]])
def test_anything_but_train_and_serve_is_answered_with_the_usage(arguments: list[str]) -> None:
    command = subprocess.run(
        [sys.executable, "-m", "linear_learner", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert command.returncode == 1
    assert command.stderr == "usage: python -m linear_learner train|serve\n"
