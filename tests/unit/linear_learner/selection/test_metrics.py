"""The metrics of a model, beside scikit-learn's, whatever pieces the records come in."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from linear_learner.arrays import Floats
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.model import LinearModel
from linear_learner.selection.metrics import evaluate
from linear_learner.training.losses import Loss

oracle: Any = import_module("sklearn.metrics")
"""scikit-learn has no types."""

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(400, 6)).astype(np.float32)


class Blocks(HeldSource):
    """Gives its records in several blocks."""

    def blocks(self, random: np.random.Generator | None = None) -> Iterator[Records]:
        for block in super().blocks(random):
            for start in range(0, len(block), 150):
                yield block.rows(start, start + 150)


def source(labels: np.ndarray) -> Blocks:
    return Blocks("validation", Records(FEATURES, labels.astype(np.float32)))


def model(
    predictor: str, loss: str, k: int, *, threshold: float = 0.5, **params: Any
) -> LinearModel:
    random = np.random.default_rng(5)
    return LinearModel(
        weights=random.normal(size=(6, k)).astype(np.float32),
        bias=random.normal(size=k).astype(np.float32),
        predictor_type=predictor,
        loss_type=loss,
        threshold=threshold,
        **params,
    )


@pytest.mark.parametrize("loss", ["logistic", "hinge_loss"])
def test_binary_metrics_are_those_of_scikit_learn(loss: str) -> None:
    labels = (RANDOM.random(400) < 0.3).astype(int)
    found = model("binary_classifier", loss, 1, threshold=0.2, f_beta=2.0)
    metrics = evaluate(found, source(labels))
    scores = found.scores(FEATURES)
    answers = found.labels(scores)
    expected = {
        "binary_classification_accuracy": oracle.accuracy_score(labels, answers),
        "binary_f_2.000": oracle.fbeta_score(labels, answers, beta=2),
        "precision": oracle.precision_score(labels, answers),
        "recall": oracle.recall_score(labels, answers),
        "roc_auc_score": oracle.roc_auc_score(labels, scores),
    }
    objective = next(iter(metrics))
    assert list(metrics) == [objective, *expected]
    for name, value in expected.items():
        assert metrics[name] == pytest.approx(value), name


def test_the_objective_counts_a_positive_as_the_training_did() -> None:
    labels = (RANDOM.random(400) < 0.3).astype(int)
    found = model("binary_classifier", "logistic", 1, positive_example_weight_mult=4.0)
    expected = oracle.log_loss(labels, found.scores(FEATURES), normalize=False) / 400
    positives = labels == 1
    more = 3 * oracle.log_loss(
        labels[positives], found.scores(FEATURES[positives]), labels=[0, 1], normalize=False
    )
    metrics = evaluate(found, source(labels))
    objective = metrics["binary_classification_cross_entropy_objective"]
    assert objective == pytest.approx(expected + more / 400, rel=1e-5)


@pytest.mark.parametrize("classes", [5, 9])
def test_multiclass_metrics_are_those_of_scikit_learn(classes: int) -> None:
    # With 9 classes, four have no record; some of these are answered.
    labels = RANDOM.integers(0, 5, 400)
    found = model("multiclass_classifier", "softmax_loss", classes, f_beta=0.5, accuracy_top_k=2)
    metrics = evaluate(found, source(labels))
    scores = found.scores(FEATURES)
    answers = found.labels(scores)
    order = np.argsort(-scores, axis=1)
    rank: np.ndarray = np.argmax(order == labels[:, np.newaxis], axis=1)
    macro = {"average": "macro", "zero_division": 0}
    expected: dict[str, float] = {
        "multiclass_cross_entropy_objective": oracle.log_loss(
            labels, scores, labels=range(classes)
        ),
        "multiclass_accuracy": oracle.accuracy_score(labels, answers),
        "multiclass_top_k_accuracy_2": float(np.mean(rank < 2)),
        "dcg": float(np.mean(1 / np.log2(rank + 2))),
        "macro_recall": oracle.recall_score(labels, answers, **macro),
        "macro_precision": oracle.precision_score(labels, answers, **macro),
        "macro_f_0.500": oracle.fbeta_score(labels, answers, beta=0.5, **macro),
        "multiclass_balanced_accuracy": oracle.recall_score(
            labels, answers, labels=np.unique(labels), **macro
        ),
        "multiclass_log_loss": oracle.log_loss(labels, scores, labels=range(classes)),
    }
    assert list(metrics) == list(expected)
    for name, value in expected.items():
        assert metrics[name] == pytest.approx(value, rel=1e-4), name


def test_equal_outputs_rank_as_they_are_answered() -> None:
    found = model("multiclass_classifier", "softmax_loss", 3)
    found.weights[:], found.bias[:] = 0, 0
    labels = np.repeat([0, 1, 2], [200, 100, 100])
    metrics = evaluate(found, source(labels))
    assert metrics["multiclass_accuracy"] == 0.5, "the first class is answered"
    assert metrics["dcg"] == pytest.approx(0.5 + 0.25 / np.log2(3) + 0.25 / 2)
    assert metrics["multiclass_top_k_accuracy_3"] == 1


def test_the_log_loss_of_outputs_far_apart_is_finite() -> None:
    found = model("multiclass_classifier", "softmax_loss", 3)
    found.weights[:], found.bias[:] = 0, [0, 1e4, -1e4]
    metrics = evaluate(found, source(np.repeat([0, 1], [300, 100])))
    assert metrics["multiclass_log_loss"] == pytest.approx(7_500)


def test_class_weights_are_in_the_objective() -> None:
    labels = RANDOM.integers(0, 3, 400)
    weights = (0.5, 1.0, 3.0)
    found = model("multiclass_classifier", "softmax_loss", 3, class_weights=weights)
    own = found.scores(FEATURES)[np.arange(400), labels]
    expected = np.mean(np.array(weights)[labels] * -np.log(own))
    metrics = evaluate(found, source(labels))
    assert metrics["multiclass_cross_entropy_objective"] == pytest.approx(expected, rel=1e-5)


def test_regression_metrics_are_those_of_scikit_learn() -> None:
    labels = RANDOM.normal(3, 2, 400)
    found = model("regressor", "squared_loss", 1)
    metrics = evaluate(found, source(labels))
    scores = found.scores(FEATURES)
    mse = oracle.mean_squared_error(labels, scores)
    expected = {
        "mse_objective": mse,
        "mse": mse,
        "absolute_loss": oracle.mean_absolute_error(labels, scores),
        "rmse": np.sqrt(mse),
    }
    assert list(metrics) == list(expected)
    for name, value in expected.items():
        assert metrics[name] == pytest.approx(value, rel=1e-5), name


@pytest.mark.parametrize(
    ("loss", "params"),
    [
        ("huber_loss", {"huber_delta": 0.7}),
        ("quantile_loss", {"quantile": 0.8}),
        ("eps_insensitive_absolute_loss", {"loss_insensitivity": 0.4}),
    ],
)
def test_the_objective_is_that_of_the_models_own_loss(loss: str, params: dict[str, float]) -> None:
    labels = RANDOM.normal(size=400)
    found = model("regressor", loss, 1, **params)
    outputs: Floats = found.outputs(FEATURES)
    (parameter,) = params.values()
    ones = np.ones((1, 1), np.float32)
    expected = Loss(loss, parameter).total(outputs, labels.astype(np.float32), ones)[0] / 400
    assert evaluate(found, source(labels))[f"{loss}_objective"] == pytest.approx(expected)
