"""The threshold, beside trying them all."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linear_learner.selection.calibration import calibrate, smoothed_threshold
from linear_learner.selection.rates import accuracy, count, f_beta, precision, recall
from tests.unit.linear_learner.samples import hyperparameters

Criterion = Callable[[np.ndarray, np.ndarray, float], float]


def precision_at_recall(scores: np.ndarray, labels: np.ndarray, threshold: float) -> float:
    counts = count(scores, labels, threshold)
    return float(precision(counts)[0]) if recall(counts)[0] >= 0.7 else 0.0


def recall_at_precision(scores: np.ndarray, labels: np.ndarray, threshold: float) -> float:
    counts = count(scores, labels, threshold)
    return float(recall(counts)[0]) if precision(counts)[0] >= 0.7 else 0.0


CRITERIA: dict[str, tuple[dict[str, str], Criterion]] = {
    "accuracy": ({}, lambda s, y, t: float(accuracy(count(s, y, t))[0])),
    "f1": ({}, lambda s, y, t: float(f_beta(count(s, y, t), 1)[0])),
    "f_beta": ({"f_beta": "2"}, lambda s, y, t: float(f_beta(count(s, y, t), 2)[0])),
    "precision_at_target_recall": ({"target_recall": "0.7"}, precision_at_recall),
    "recall_at_target_precision": ({"target_precision": "0.7"}, recall_at_precision),
}

scores_and_labels = st.lists(
    st.tuples(st.integers(0, 12).map(lambda n: n / 16), st.sampled_from([0.0, 1.0])), min_size=2
).filter(lambda pairs: len({label for _, label in pairs}) == 2)


@pytest.mark.parametrize("name", CRITERIA)
@given(pairs=scores_and_labels)
def test_no_threshold_is_better(name: str, pairs: list[tuple[float, float]]) -> None:
    given_too, criterion = CRITERIA[name]
    scores = np.array([score for score, _ in pairs], np.float32)
    labels = np.array([label for _, label in pairs], np.float32)
    chosen = calibrate(
        scores,
        labels,
        hyperparameters(binary_classifier_model_selection_criteria=name, **given_too),
    )
    best = max(criterion(scores, labels, n / 32) for n in range(-1, 33))
    assert chosen.value == pytest.approx(best)
    assert criterion(scores, labels, chosen.threshold) == pytest.approx(best)


def test_the_threshold_lies_halfway_between_the_scores() -> None:
    scores = np.array([0.1, 0.2, 0.6, 0.9], np.float32)
    labels = np.array([0, 0, 1, 1], np.float32)
    chosen = calibrate(scores, labels, hyperparameters())
    assert chosen.value == 1
    assert chosen.threshold == pytest.approx(0.4)


def test_a_target_out_of_reach_takes_the_most_precise_threshold() -> None:
    scores = np.array([0.9, 0.8, 0.5, 0.4], np.float32)
    labels = np.array([0, 1, 1, 0], np.float32)
    chosen = calibrate(
        scores,
        labels,
        hyperparameters(
            binary_classifier_model_selection_criteria="recall_at_target_precision",
            target_precision="0.95",
        ),
    )
    assert chosen.value == 0
    assert chosen.threshold == pytest.approx(0.45)


def test_a_smoothed_threshold_is_near_the_middle_of_what_is_best() -> None:
    scores = np.array([0.1, 0.2, 0.6, 0.9], np.float32)
    found = smoothed_threshold(scores, np.array([0, 0, 1, 1], np.float32))
    assert found == pytest.approx(0.45, abs=0.06)


def test_a_smoothed_threshold_depends_less_on_which_records_there_are() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 200).astype(np.float32)
    best: list[float] = []
    smoothed: list[float] = []
    for _ in range(60):
        scores = (labels + 0.5 * random.normal(size=400)).astype(np.float32)
        best.append(calibrate(scores, labels, hyperparameters()).threshold)
        found = smoothed_threshold(scores, labels)
        assert found is not None
        smoothed.append(found)
    assert np.std(smoothed) < 0.8 * np.std(best)
    assert np.mean(smoothed) == pytest.approx(0.5, abs=0.03)


@given(pairs=scores_and_labels)
def test_a_smoothed_threshold_lies_among_the_scores(pairs: list[tuple[float, float]]) -> None:
    scores = np.array([score for score, _ in pairs], np.float32)
    labels = np.array([label for _, label in pairs], np.float32)
    found = smoothed_threshold(scores, labels)
    best = calibrate(scores, labels, hyperparameters()).value
    if found is None:
        share = np.count_nonzero(labels) / len(labels)
        assert best == pytest.approx(max(share, 1 - share))
    else:
        assert scores.min() < found < scores.max()


def test_where_answering_all_alike_is_best_there_is_no_smoothed_threshold() -> None:
    labels = np.array([1, 1, 0, 0, 0], np.float32)
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5], np.float32)
    assert smoothed_threshold(scores, labels) is None
