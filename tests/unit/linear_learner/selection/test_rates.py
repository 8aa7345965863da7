"""Rates of a classifier, beside scikit-learn's."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from linear_learner.links import reaches
from linear_learner.selection.rates import (
    accuracy,
    count,
    f_beta,
    precision,
    recall,
    roc_auc,
)

metrics: Any = import_module("sklearn.metrics")
"""scikit-learn has no types."""

RANDOM = np.random.default_rng(3)
LABELS = (RANDOM.random(300) < 0.3).astype(np.float32)
SCORES = (0.3 * LABELS + RANDOM.random(300)).round(1).astype(np.float32)
"""Rounded, so that there are ties."""


@pytest.mark.parametrize("threshold", [0.05, 0.55, 0.85, 1.25])
def test_rates_are_those_of_scikit_learn(threshold: float) -> None:
    counts = count(SCORES, LABELS, threshold)
    yes = reaches(SCORES, threshold)
    assert accuracy(counts)[0] == pytest.approx(metrics.accuracy_score(LABELS, yes))
    assert precision(counts)[0] == pytest.approx(metrics.precision_score(LABELS, yes))
    assert recall(counts)[0] == pytest.approx(metrics.recall_score(LABELS, yes))
    for beta in (0.5, 1.0, 2.0):
        expected = metrics.fbeta_score(LABELS, yes, beta=beta)
        assert f_beta(counts, beta)[0] == pytest.approx(expected), f"beta {beta}"


def test_the_area_under_the_curve_is_that_of_scikit_learn() -> None:
    assert roc_auc(SCORES, LABELS) == pytest.approx(metrics.roc_auc_score(LABELS, SCORES))


def test_without_a_yes_precision_and_f_are_0() -> None:
    counts = count(SCORES, LABELS, 2)
    assert precision(counts)[0] == f_beta(counts, 1)[0] == recall(counts)[0] == 0


def test_an_extreme_beta_leaves_recall_or_precision_alone() -> None:
    counts = count(SCORES, LABELS, 0.55)
    assert f_beta(counts, 1e200)[0] == pytest.approx(recall(counts)[0])
    assert f_beta(counts, 1e-200)[0] == pytest.approx(precision(counts)[0])
    assert f_beta(count(SCORES, LABELS, 2), 1e-200)[0] == 0


def test_a_score_at_the_threshold_is_a_yes_and_the_next_below_is_none() -> None:
    score = np.float32(0.3)
    below = np.nextafter(score, np.float32(0))
    halfway = (float(score) + float(below)) / 2
    assert reaches(np.array([below, score]), halfway).tolist() == [False, True]
