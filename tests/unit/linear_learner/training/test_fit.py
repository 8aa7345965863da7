"""Training from arrays: what every hyperparameter does, and what is chosen."""

import logging
import re
from typing import Any

import numpy as np
import pytest

from contract.hyperparameters import LOSSES
from contract.training_metrics import METRIC_DEFINITIONS
from linear_learner.artifact import encode
from linear_learner.data.source import Source
from linear_learner.errors import ClientError
from linear_learner.selection.metrics import evaluate
from linear_learner.training.fit import fit
from tests.unit.linear_learner.samples import (
    DenseRecords,
    as_source,
    dataset,
    hyperparameters,
    parsed,
)

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


def of_numbers(records: int, seed: int, *, scale: float = 1.0) -> Source:
    """Draw records whose labels are a linear function of the features and some noise."""
    drawn = dataset(records, seed=seed)
    noise = np.random.default_rng(seed).normal(0, 0.3, records)
    labels = 5 + drawn.features @ [1, 0, 0.5, 0.3, -0.2, 0.05] + noise
    return as_source(DenseRecords(drawn.features, (scale * labels).astype(np.float32)))


def test_labels_whose_squares_are_no_numbers_are_told() -> None:
    given = hyperparameters(predictor_type="regressor", epochs="1")
    with pytest.raises(ClientError, match=r"no model's loss is finite; .* features and labels"):
        fit(of_numbers(600, 1, scale=1e25), given)


@pytest.mark.parametrize("loss", LOSSES["regressor"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_a_regressor_predicts_labels_of_any_unit(loss: str, scale: float) -> None:
    given = parsed(predictor_type="regressor", loss=loss, mini_batch_size="25")
    train, validation, test = (of_numbers(600, seed, scale=scale) for seed in range(3))
    metrics = evaluate(fit(train, given, validation), test)
    assert metrics["rmse"] < 0.5 * scale, "the noise alone is 0.3"


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_models_are_chosen_alike_in_any_unit_of_the_label(scale: float) -> None:
    given = parsed(predictor_type="regressor", loss="huber_loss", mini_batch_size="25", epochs="3")
    sources = (of_numbers(600, seed, scale=scale) for seed in range(2))
    weights = fit(next(sources), given, next(sources)).weights / scale
    reference = fit(of_numbers(600, 0), given, of_numbers(600, 1)).weights
    assert weights == pytest.approx(reference, rel=2e-3, abs=1e-5)


def of_classes(records: int, seed: int) -> Source:
    drawn = dataset(records, seed=seed)
    classes = drawn.features[:, [0, 2, 3]] @ np.diag([4, 1.5, 0.5])
    return as_source(DenseRecords(drawn.features, classes.argmax(axis=1).astype(np.float32)))


@pytest.mark.parametrize("options", [{}, {"averaging": True}, {"averaging": True, "blending": 3}])
def test_a_multiclass_classifier_tells_new_records_apart(options: dict[str, Any]) -> None:
    given = parsed(predictor_type="multiclass_classifier", num_classes="3", mini_batch_size="25")
    model = fit(of_classes(600, 0), given, of_classes(300, 1), **options)
    assert model.weights.shape == (6, 3)
    assert evaluate(model, of_classes(300, 2))["multiclass_accuracy"] > 0.9


@pytest.mark.parametrize("loss", ["logistic", "hinge_loss"])
@pytest.mark.parametrize("options", [{"averaging": True}, {"averaging": True, "blending": 8}])
def test_averaged_and_blended_models_are_linear_models_and_steadier(
    loss: str, options: dict[str, Any]
) -> None:
    given = hyperparameters(loss=loss, learning_rate="0.1")

    def spread(**chosen: Any) -> float:
        weights = [fit(TRAIN, given, VALIDATION, seed=seed, **chosen).weights for seed in range(4)]
        directions = np.stack([each / np.linalg.norm(each) for each in weights])
        return float(directions.std(axis=0).mean())

    model = fit(TRAIN, given, VALIDATION, **options)
    assert model.weights.shape == (6, 1)
    assert evaluate(model, TEST)["binary_classification_accuracy"] > 0.85
    assert spread(**options) < spread()


def test_the_test_channels_metrics_are_logged_and_change_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = hyperparameters(epochs="2")
    with caplog.at_level(logging.INFO, "linear_learner"):
        model = fit(TRAIN, given, VALIDATION, test=TEST)
    assert encode(model) == encode(fit(TRAIN, given, VALIDATION))
    found = re.search(METRIC_DEFINITIONS["test:binary_classification_accuracy"], caplog.text)
    assert found is not None
    assert float(found[1]) == evaluate(model, TEST)["binary_classification_accuracy"]
