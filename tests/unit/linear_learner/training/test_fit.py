"""Training from arrays: what every hyperparameter does, and what is chosen."""

import logging
import re

import numpy as np
import pytest

from contract.training_metrics import METRIC_DEFINITIONS
from linear_learner.artifact import encode
from linear_learner.data.source import Source
from linear_learner.errors import ClientError
from linear_learner.selection.metrics import evaluate
from linear_learner.training.fit import fit
from tests.unit.linear_learner.samples import DenseRecords, as_source, dataset, hyperparameters

TRAIN = as_source(dataset(600))
VALIDATION = as_source(dataset(300, seed=1), "validation")
TEST_RECORDS = dataset(300, seed=2)
TEST = as_source(TEST_RECORDS, "test")


def test_the_same_seed_gives_the_same_model_bit_for_bit() -> None:
    given = hyperparameters(num_calibration_samples="100", epochs="3")
    first, second = (encode(fit(TRAIN, given, VALIDATION, seed=5)) for _ in range(2))
    assert first == second
    assert first != encode(fit(TRAIN, given, VALIDATION, seed=6))


@pytest.mark.parametrize("validation", [VALIDATION, None])
def test_the_model_tells_new_records_apart(validation: Source | None) -> None:
    model = fit(TRAIN, hyperparameters(), validation)
    metrics = evaluate(model, TEST)
    assert metrics["binary_classification_accuracy"] > 0.85
    assert metrics["roc_auc_score"] > 0.93


def test_scores_are_the_sigmoid_of_a_linear_function_of_raw_features() -> None:
    model = fit(TRAIN, hyperparameters(epochs="2"), VALIDATION)
    features = TEST_RECORDS.features
    outputs = (features.astype(np.float64) @ model.weights.astype(np.float64) + model.bias)[:, 0]
    assert model.scores(features) == pytest.approx(1 / (1 + np.exp(-outputs)), abs=1e-6)


def test_a_recall_that_is_asked_for_is_reached() -> None:
    given = hyperparameters(
        binary_classifier_model_selection_criteria="precision_at_target_recall",
        target_recall="0.95",
    )
    assert evaluate(fit(TRAIN, given, VALIDATION), VALIDATION)["recall"] >= 0.95


def test_the_models_of_the_best_epoch_are_restored(caplog: pytest.LogCaptureFixture) -> None:
    given = hyperparameters(
        epochs="12",
        learning_rate="1",
        use_lr_scheduler="false",
        binary_classifier_model_selection_criteria="loss_function",
    )
    with caplog.at_level(logging.INFO, "linear_learner"):
        fit(TRAIN, given, VALIDATION)
    values = [float(found) for found in re.findall(r"criteria=\S+ value=(\S+)", caplog.text)]
    final = re.search(METRIC_DEFINITIONS["validation:objective_loss:final"], caplog.text)
    assert final is not None
    assert values[-1] > min(values), "at such a rate the last epoch is not the best"
    assert float(final[1]) == pytest.approx(min(values), rel=1e-5)


def test_without_validation_the_train_objective_is_watched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "linear_learner"):
        fit(TRAIN, hyperparameters(epochs="2"))
    assert "criteria=binary_classification_cross_entropy_objective" in caplog.text
    assert re.search(METRIC_DEFINITIONS["train:binary_f_beta"], caplog.text)
    assert "validation" not in caplog.text


def test_without_validation_the_penalties_are_watched_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    penalised = hyperparameters(num_models="1", epochs="1", l1="0.5")
    with caplog.at_level(logging.INFO, "linear_learner"):
        fit(TRAIN, penalised)
    objective = re.search(r"epoch=0, train \S+_objective <loss>=(\S+)", caplog.text)
    watched = re.search(r"criteria=\S+ value=(\S+)", caplog.text)
    assert objective is not None
    assert watched is not None
    # What the epoch began with: 6 weights within .07 of 0, at .5 each.
    assert 0 < float(watched[1]) - float(objective[1]) < 6 * 0.07 * 0.5 + 0.001


def extremes() -> Source:
    """Return records whose features lie so far apart that their difference is infinite."""
    records = dataset(600)
    features = np.where(records.features > 0, 3e38, -3e38).astype(np.float32)
    return as_source(DenseRecords(features, records.labels))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("validation", [extremes(), None])
def test_a_training_that_diverges_is_told(validation: Source | None) -> None:
    with pytest.raises(ClientError, match=r"training diverged: .* smaller learning_rate"):
        fit(extremes(), hyperparameters(epochs="2"), validation)
