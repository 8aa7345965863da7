"""Training from arrays: what every hyperparameter does, and what is chosen."""

import logging
import re

import numpy as np
import pytest

from contract.training_metrics import METRIC_DEFINITIONS
from linear_learner.artifact import encode
from linear_learner.data.dataset import Dataset
from linear_learner.errors import ClientError
from linear_learner.selection.metrics import evaluate
from linear_learner.selection.selector import Selector
from linear_learner.training.fit import fit
from linear_learner.training.old_losses import LOSSES
from linear_learner.training.parallel import LinearModels
from tests.unit.linear_learner.samples import dataset, hyperparameters

TRAIN, VALIDATION, TEST = dataset(600), dataset(300, seed=1), dataset(300, seed=2)

BASE = {"num_models": "8", "epochs": "4"}
EFFECTS: dict[str, tuple[dict[str, str], str]] = {
    "mini_batch_size": ({}, "40"),
    "epochs": ({}, "2"),
    "num_models": ({}, "1"),
    "learning_rate": ({}, "0.02"),
    "wd": ({}, "0.5"),
    "l1": ({}, "0.05"),
    "beta_1": ({}, "0.5"),
    "beta_2": ({}, "0.9"),
    "bias_lr_mult": ({}, "1"),
    "bias_wd_mult": ({}, "20"),
    "use_bias": ({}, "false"),
    "use_lr_scheduler": ({"lr_scheduler_step": "5"}, "false"),
    "lr_scheduler_step": ({}, "5"),
    "lr_scheduler_factor": ({"lr_scheduler_step": "5"}, "0.5"),
    "lr_scheduler_minimum_lr": ({"lr_scheduler_step": "1", "lr_scheduler_factor": "0.1"}, "0.01"),
    "init_method": ({}, "normal"),
    "init_scale": ({}, "1"),
    "init_sigma": ({"init_method": "normal"}, "1"),
    "init_bias": ({}, "2"),
    "normalize_data": ({}, "false"),
    "unbias_data": ({}, "false"),
    "num_point_for_scaler": ({}, "60"),
    "num_calibration_samples": ({}, "20"),
    "binary_classifier_model_selection_criteria": ({}, "recall_at_target_precision"),
    "target_recall": (
        {"binary_classifier_model_selection_criteria": "precision_at_target_recall"},
        "0.99",
    ),
    "target_precision": (
        {"binary_classifier_model_selection_criteria": "recall_at_target_precision"},
        "0.99",
    ),
    "positive_example_weight_mult": ({}, "5"),
    "f_beta": ({"binary_classifier_model_selection_criteria": "f_beta"}, "4"),
    "early_stopping_patience": (
        {
            "early_stopping_tolerance": "0.9",
            "epochs": "12",
            "binary_classifier_model_selection_criteria": "loss_function",
        },
        "12",
    ),
    "early_stopping_tolerance": (
        {"epochs": "12", "binary_classifier_model_selection_criteria": "loss_function"},
        "0.9",
    ),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_a_hyperparameter_has_an_effect(name: str) -> None:
    also, value = EFFECTS[name]
    base = {**BASE, **also}
    before = fit(TRAIN, hyperparameters(**base), VALIDATION)
    after = fit(TRAIN, hyperparameters(**{**base, name: value}), VALIDATION)
    assert encode(before) != encode(after)


def test_the_same_seed_gives_the_same_model_bit_for_bit() -> None:
    given = hyperparameters(num_calibration_samples="100", epochs="3")
    first, second = (encode(fit(TRAIN, given, VALIDATION, seed=5)) for _ in range(2))
    assert first == second
    assert first != encode(fit(TRAIN, given, VALIDATION, seed=6))


@pytest.mark.parametrize("validation", [VALIDATION, None])
def test_the_model_tells_new_records_apart(validation: Dataset | None) -> None:
    model = fit(TRAIN, hyperparameters(), validation)
    metrics = evaluate(model, TEST)
    assert metrics["binary_classification_accuracy"] > 0.85
    assert metrics["roc_auc_score"] > 0.93


def test_scores_are_the_sigmoid_of_a_linear_function_of_raw_features() -> None:
    model = fit(TRAIN, hyperparameters(epochs="2"), VALIDATION)
    weights = model.weights[:, 0].astype(np.float64)
    outputs = TEST.features.astype(np.float64) @ weights + model.bias
    assert model.scores(TEST.features) == pytest.approx(1 / (1 + np.exp(-outputs)), abs=1e-6)


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


EXTREMES = Dataset(
    np.where(TRAIN.features > 0, 3e38, -3e38).astype(np.float32),  # their difference is infinite
    TRAIN.labels,
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("validation", [EXTREMES, None])
def test_a_training_that_diverges_is_told(validation: Dataset | None) -> None:
    with pytest.raises(ClientError, match=r"training diverged: .* smaller learning_rate"):
        fit(EXTREMES, hyperparameters(epochs="2"), validation)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_model_that_diverged_is_not_chosen() -> None:
    centred = VALIDATION.features - VALIDATION.features.mean(axis=0)
    shift = centred.T @ (2 * VALIDATION.labels - 1)
    informative = int(np.argmax(np.abs(shift / (1e-9 + centred.std(axis=0)))))
    weights = np.zeros((2, VALIDATION.feature_dim), np.float32)
    weights[0, informative] = np.copysign(np.inf, shift[informative])
    selector = Selector(
        Dataset(centred, VALIDATION.labels),
        hyperparameters(),
        loss=LOSSES["logistic"],
        positive_weight=np.ones(2, np.float32),
        random=np.random.default_rng(0),
    )
    judgement = selector.judge(LinearModels(weights, np.zeros(2, np.float32)))
    assert judgement.best == 1, "the infinite weight tells more records apart, but is no model"
