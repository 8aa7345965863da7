"""The log: its lines are those of the built-in algorithm, and the metric definitions read them."""

import json
import re
from pathlib import Path

import pytest

from contract.training_metrics import METRIC_DEFINITIONS
from tests.unit.linear_learner.samples import dataset, run_train, write_job

STAMP = r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] "
OBJECTIVE = "binary_classification_cross_entropy_objective"

OF_BINARY_CLASSIFIERS = (
    "objective_loss:final",
    "binary_classification_accuracy",
    "binary_f_beta",
    "precision",
    "recall",
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    channels = {
        "train": (dataset(),),
        "validation": (dataset(200, seed=1),),
        "test": (dataset(200, seed=2),),
    }
    base = tmp_path_factory.mktemp("job")
    job = run_train(write_job(base, {"epochs": "3", "mini_batch_size": "50"}, channels))
    assert job.returncode == 0, job.stderr
    return job.stdout


def test_every_line_has_a_stamp_or_a_time_of_its_own(log: str) -> None:
    for line in log.splitlines():
        assert re.match(rf"{STAMP}|#metrics {{\"StartTime\"", line), line


@pytest.mark.parametrize(
    "name",
    [
        "train:objective_loss",
        "train:progress",
        "train:throughput",
        "validation:objective_loss",
        *(f"validation:{metric}" for metric in OF_BINARY_CLASSIFIERS),
        "validation:roc_auc_score",
        "test:objective_loss",
        *(f"test:{metric}" for metric in OF_BINARY_CLASSIFIERS[1:]),
        "test:roc_auc_score",
    ],
)
def test_a_metric_definition_finds_its_number(log: str, name: str) -> None:
    found = re.findall(METRIC_DEFINITIONS[name], log)
    assert found, f"no line for {name}"
    assert all(float(value) >= 0 for value in found)


def test_each_epoch_reports_once(log: str) -> None:
    for name in ("train:objective_loss", "validation:objective_loss", "train:progress"):
        assert len(re.findall(METRIC_DEFINITIONS[name], log)) == 3, name
    assert re.findall(METRIC_DEFINITIONS["train:progress"], log) == ["33", "66", "100"]


@pytest.mark.parametrize(
    "line",
    [
        rf"#quality_metric: host=algo-1, epoch=2, validation {OBJECTIVE} <loss>=0\.\d+",
        r"#early_stopping_criteria_metric: host=algo-1, epoch=2, criteria=sampled_accuracy, "
        r"value=[01]\.\d+",
        r"Epoch 0: Loss improved. Updating best model",
        r"#validation_score \(algo-1\) : \('binary_f_1.000', 0\.\d+\)",
        rf"#test_score \(algo-1\) : \('{OBJECTIVE}', 0\.\d+\)",
        r"#progress_metric: host=algo-1, completed 100 % of epochs",
    ],
)
def test_a_line_has_the_published_form(log: str, line: str) -> None:
    assert re.search(rf"^{STAMP}{line}$", log, re.MULTILINE)


def test_the_best_model_is_told_as_json(log: str) -> None:
    found = re.search(r"Best model found for hyperparameters: (.*)", log)
    assert found is not None
    best = json.loads(found[1])
    assert best["optimizer"] == "adam"
    assert best["learning_rate"] in (0.005, 0.1)
    assert best["wd"] in (0.01, 0.0001)
    assert best["lr_scheduler_minimum_lr"] in (1e-5, 1e-4)


def test_a_missing_test_channel_is_told(tmp_path: Path) -> None:
    job = run_train(write_job(tmp_path, {"epochs": "1"}, {"train": (dataset(),)}))
    assert "Test data is not provided." in job.stdout
