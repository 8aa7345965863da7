"""The metrics, held against scikit-learn on random records with many ties."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from lambdas.evaluate.metrics import (
    Labels,
    Scores,
    confusion_matrix,
    highest_below_threshold,
    log_loss,
    lowest_above_threshold,
    measure,
    roc_auc,
)

SCORES = st.sampled_from([0.0, 1e-12, 0.1, 0.25, 0.5, 0.5000001, 0.75, 1 - 1e-12, 1.0]) | st.floats(
    0, 1
)
RECORDS = st.lists(st.tuples(st.integers(0, 1), SCORES), min_size=2, max_size=60).filter(
    lambda records: len({label for label, _ in records}) == 2
)


def columns(records: list[tuple[int, float]]) -> tuple[Labels, Scores]:
    labels, scores = zip(*records, strict=True)
    return np.array(labels, np.int64), np.array(scores, np.float64)


@given(records=RECORDS, threshold=st.floats(0, 1))
def test_every_metric_is_scikit_learns(records: list[tuple[int, float]], threshold: float) -> None:
    actual, scores = columns(records)
    predicted = (scores >= threshold).astype(np.int64)
    matrix = confusion_matrix(actual, predicted)
    found = measure(matrix, actual, scores, "logistic")
    peer: Any = sklearn_metrics  # it has no types
    assert np.array(matrix.matrix).tolist() == peer.confusion_matrix(actual, predicted).tolist()
    assert found.accuracy == pytest.approx(peer.accuracy_score(actual, predicted))
    assert found.precision == pytest.approx(
        peer.precision_score(actual, predicted, zero_division=0.0)
    )
    assert found.recall == pytest.approx(peer.recall_score(actual, predicted, zero_division=0.0))
    assert found.f1 == pytest.approx(peer.f1_score(actual, predicted, zero_division=0.0))
    assert found.roc_auc == pytest.approx(peer.roc_auc_score(actual, scores))
    assert found.log_loss == pytest.approx(peer.log_loss(actual, scores))


def test_scores_that_are_no_probabilities_have_no_log_loss() -> None:
    actual, scores = np.array([0, 1, 1], np.int64), np.array([-3.0, 0.2, 0.9])
    found = measure(confusion_matrix(actual, actual), actual, scores, "hinge_loss")
    assert found.log_loss is None
    assert found.roc_auc == 1


@given(records=RECORDS, threshold=st.floats(0, 1))
def test_the_threshold_lies_between_the_two_scores_nearest_to_it(
    records: list[tuple[int, float]], threshold: float
) -> None:
    _, scores = columns(records)
    predicted = (scores >= threshold).astype(np.int64)
    below, above = (
        highest_below_threshold(predicted, scores),
        lowest_above_threshold(predicted, scores),
    )
    assert below == max((s for s in scores if s < threshold), default=None)
    assert above == min((s for s in scores if s >= threshold), default=None)


def test_all_scores_tied_is_a_guess() -> None:
    assert roc_auc(np.array([0, 1, 1], np.int64), np.full(3, 0.3)) == 0.5


def test_one_class_alone_has_no_roc_auc() -> None:
    with pytest.raises(ValueError, match="all records are of one class"):
        roc_auc(np.ones(3, np.int64), np.array([0.1, 0.2, 0.3]))


def test_a_record_that_is_wrong_and_certain_costs_a_finite_loss() -> None:
    assert np.isfinite(log_loss(np.array([1, 0], np.int64), np.array([0.0, 1.0])))
