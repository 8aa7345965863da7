"""The log: its lines are those of the built-in algorithm, and the metric definitions read them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from contract.training_metrics import METRIC_DEFINITIONS
from tests.unit.linear_learner.samples import DenseRecords, dataset, run_train, write_job

STAMP = r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+\] "
EPOCHS = 3

GIVEN = {
    "binary_classifier": {"f_beta": "0.5"},
    "multiclass_classifier": {"num_classes": "4", "accuracy_top_k": "2", "num_models": "5"},
    "regressor": {},
}
OBJECTIVES = {
    "binary_classifier": "binary_classification_cross_entropy_objective",
    "multiclass_classifier": "multiclass_cross_entropy_objective",
    "regressor": "mse_objective",
}
METRICS = {
    "binary_classifier": (
        "binary_classification_accuracy",
        "binary_f_beta",
        "precision",
        "recall",
        "roc_auc_score",
    ),
    "multiclass_classifier": (
        "multiclass_accuracy",
        "multiclass_top_k_accuracy",
        "dcg",
        "multiclass_balanced_accuracy",
        "multiclass_log_loss",
        "macro_recall",
        "macro_precision",
        "macro_f_beta",
    ),
    "regressor": ("mse", "absolute_loss", "rmse"),
}
"""By the names that DescribeTrainingJob has them by."""


def records(predictor: str, number: int, seed: int) -> DenseRecords:
    """Draw records with labels as the predictor takes them; a regressor's are about 400."""
    drawn = dataset(number, seed=seed)
    if predictor == "binary_classifier":
        return drawn
    noise = np.random.default_rng(seed).normal(0, 3, number)
    outputs = (drawn.features[:, 0] * 8 + 424 + noise).astype(np.float32)
    if predictor == "regressor":
        return DenseRecords(drawn.features, outputs)
    classes = np.searchsorted([396, 400, 404], outputs)
    return DenseRecords(drawn.features, classes.astype(np.float32))


@pytest.fixture(scope="module", params=GIVEN)
def predictor(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def log(predictor: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    channels = {
        name: (records(predictor, number, seed),)
        for seed, (name, number) in enumerate(
            {"train": 400, "validation": 200, "test": 200}.items()
        )
    }
    given = {"predictor_type": predictor, "epochs": str(EPOCHS), "mini_batch_size": "50"}
    base = tmp_path_factory.mktemp("job")
    job = run_train(write_job(base, {**given, **GIVEN[predictor]}, channels))
    assert job.returncode == 0, job.stderr
    return job.stdout


def test_every_line_has_a_stamp_or_a_time_of_its_own(log: str) -> None:
    for line in log.splitlines():
        assert re.match(rf"{STAMP}|#metrics {{\"StartTime\"", line), line


def numbers(log: str, name: str) -> list[float]:
    """Return what a metric definition finds in a log."""
    return [float(value) for value in re.findall(METRIC_DEFINITIONS[name], log)]


def test_the_metric_definitions_find_their_numbers(log: str, predictor: str) -> None:
    for name in ("train:objective_loss", "validation:objective_loss", "train:throughput"):
        found = numbers(log, name)
        assert len(found) == EPOCHS, name
        assert all(value > 0 for value in found), name
    once = ["validation:objective_loss:final", "test:objective_loss"]
    once += [f"{part}:{name}" for part in ("validation", "test") for name in METRICS[predictor]]
    for name in once:
        (value,) = numbers(log, name)
        assert value >= 0, name


def test_no_metric_definition_finds_what_it_is_not_meant_for(log: str, predictor: str) -> None:
    own = {f"{part}:{name}" for part in ("validation", "test") for name in METRICS[predictor]}
    for name in METRIC_DEFINITIONS:
        metric = name.split(":", 1)[1]
        if metric.startswith("objective_loss") or metric in ("progress", "throughput"):
            continue
        assert bool(numbers(log, name)) == (name in own), name


def test_each_epoch_reports_once(log: str) -> None:
    assert re.findall(METRIC_DEFINITIONS["train:progress"], log) == ["33", "66", "100"]


LINES = {
    "binary_classifier": (
        r"#early_stopping_criteria_metric: host=algo-1, epoch=2, criteria=sampled_accuracy, "
        r"value=[01]\.\d+",
        r"#validation_score \(algo-1\) : \('binary_f_0.500', 0\.\d+\)",
        r"#quality_metric: host=algo-1, test binary_f_0.500 <score>=0\.\d+",
    ),
    "multiclass_classifier": (
        r"#early_stopping_criteria_metric: host=algo-1, epoch=2, "
        r"criteria=multiclass_cross_entropy_objective, value=\d\.\d+",
        r"#validation_score \(algo-1\) : \('multiclass_top_k_accuracy_2', \d\.\d+\)",
        r"#quality_metric: host=algo-1, validation macro_f_1.000 <score>=0\.\d+",
    ),
    "regressor": (
        r"#early_stopping_criteria_metric: host=algo-1, epoch=2, criteria=mse_objective, "
        r"value=\d+\.\d+",
        r"#validation_score \(algo-1\) : \('mse_objective', \d+\.\d+\)",
        r"#quality_metric: host=algo-1, test absolute_loss <loss>=\d+\.\d+",
    ),
}


def test_lines_have_the_published_form(log: str, predictor: str) -> None:
    objective = OBJECTIVES[predictor]
    for line in (
        rf"#quality_metric: host=algo-1, epoch=2, train {objective} <loss>=\d+\.\d+",
        rf"#quality_metric: host=algo-1, epoch=2, validation {objective} <loss>=\d+\.\d+",
        r"Epoch 0: Loss improved. Updating best model",
        rf"#test_score \(algo-1\) : \('{objective}', \d+\.\d+\)",
        r"#progress_metric: host=algo-1, completed 100 % of epochs",
        *LINES[predictor],
    ):
        assert re.search(rf"^{STAMP}{line}$", log, re.MULTILINE), line


def test_every_models_objective_is_told_as_json(log: str, predictor: str) -> None:
    told = [json.loads(line) for line in re.findall(r"^#metrics (.*)$", log, re.MULTILINE)]
    name = f"validation_{OBJECTIVES[predictor]}"
    of_last = [
        line
        for line in told
        if line["Dimensions"]["epoch"] == EPOCHS - 1 and name in line["Metrics"]
    ]
    models = 5 if predictor == "multiclass_classifier" else 32
    assert [line["Dimensions"]["model"] for line in of_last] == list(range(models))
    dimensions = {"Algorithm": "Linear Learner", "Host": "algo-1", "Operation": "training"}
    assert dimensions.items() <= of_last[0]["Dimensions"].items()
    first = of_last[0]["Metrics"][name]
    assert first["sum"] == first["min"] == first["max"]
    assert first["count"] == 1
    assert first["sum"] == numbers(log, "validation:objective_loss")[-1], "model 0's"


def test_a_regressors_errors_are_told_in_units_of_the_label(log: str, predictor: str) -> None:
    """But for the train objective, which is of normalised labels: as in a published log."""
    if predictor != "regressor":
        return
    assert numbers(log, "train:objective_loss")[0] < 5
    (mse,) = numbers(log, "validation:mse")
    assert numbers(log, "validation:objective_loss")[0] > 10
    assert numbers(log, "validation:objective_loss:final") == pytest.approx([mse])
    assert numbers(log, "validation:rmse") == pytest.approx([mse**0.5])


def test_the_best_model_is_told_as_json(log: str) -> None:
    found = re.search(r"Best model found for hyperparameters: (.*)", log)
    assert found is not None
    best = json.loads(found[1])
    assert best["optimizer"] == "adam"
    assert 0.0005 <= best["learning_rate"] <= 0.1
    assert 0.0001 <= best["wd"] <= 0.01
    assert 1e-5 <= best["lr_scheduler_minimum_lr"] <= 1e-4


def test_a_missing_test_channel_is_told(tmp_path: Path) -> None:
    job = run_train(write_job(tmp_path, {"epochs": "1"}, {"train": (dataset(),)}))
    assert "Test data is not provided." in job.stdout
