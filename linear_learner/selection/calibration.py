"""The threshold: from which score on the answer is yes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters, SelectionCriteria
from linear_learner.arrays import Doubles, Floats
from linear_learner.selection.rates import Counts, accuracy, f_beta, precision, recall


@dataclass(frozen=True, slots=True)
class Calibration:
    """The threshold that serves a criterion best, and what the criterion is there."""

    value: float
    threshold: float


def calibrate(scores: Floats, labels: Floats, hyperparameters: Hyperparameters) -> Calibration:
    """Find the threshold that is best for the selection criterion.

    Only the scores of positive records are worth trying, and one above all:
    between two of them, a lower threshold can only add false positives. The
    threshold returned lies halfway to the next lower score.

    Parameters
    ----------
    scores
        Of one model, shape (records,).
    labels
        Both classes, shape (records,).
    hyperparameters
        Which criterion, and its target or beta.
    """
    positive, negative = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    above_all = np.nextafter(max(positive[-1], negative[-1]), np.float32(np.inf))
    candidates = np.append(positive, above_all)
    criterion = _CRITERIA[hyperparameters.binary_classifier_model_selection_criteria]
    values = criterion(_counts_from_each(candidates, positive, negative), hyperparameters)
    best = int(np.argmax(values))
    threshold = _halfway_down(candidates[best], positive, negative)
    return Calibration(max(float(values[best]), 0.0), threshold)


def smoothed_threshold(scores: Floats, labels: Floats) -> float | None:
    """Return the mean of all thresholds, weighed by how near they come to the best accuracy.

    Between two neighbouring scores, every threshold makes the same mistakes.
    Such a gap weighs by its width, and the less the more mistakes it makes
    beyond the fewest: by ``exp(-extra / 2)``. One record more or less can move
    the single best threshold far; this one it cannot.

    Parameters
    ----------
    scores
        Of one model, shape (records,).
    labels
        Both classes, shape (records,).

    Returns
    -------
    float | None
        None where no threshold between two scores is as good as answering all
        records alike.
    """
    order = np.argsort(scores, kind="stable")
    ascending = scores[order].astype(np.float64)
    positive = labels[order] == 1
    negatives = np.count_nonzero(~positive)
    # The threshold rises over one record after the other.
    mistakes = negatives + np.cumsum(np.where(positive, 1, -1))[:-1]
    gaps = np.diff(ascending)
    mistakes, gaps, low = mistakes[gaps > 0], gaps[gaps > 0], ascending[:-1][gaps > 0]
    if not len(gaps) or mistakes.min() > min(negatives, len(labels) - negatives):
        return None
    weights = np.exp((mistakes.min() - mistakes) / 2) * gaps
    return float(weights @ (low + gaps / 2) / weights.sum())


def _counts_from_each(candidates: Floats, positive: Floats, negative: Floats) -> Counts:
    """Count right and wrong answers at every candidate; the classes' scores are sorted."""
    return Counts(
        true_positives=_at_least(positive, candidates),
        false_positives=_at_least(negative, candidates),
        positives=len(positive),
        negatives=len(negative),
    )


def _at_least(ascending: Floats, candidates: Floats) -> Doubles:
    below = np.searchsorted(ascending, candidates)
    return (len(ascending) - below).astype(np.float64)


def _halfway_down(candidate: np.float32, positive: Floats, negative: Floats) -> float:
    lower = [
        side[below - 1]
        for side in (positive, negative)
        if (below := np.searchsorted(side, candidate))
    ]
    return (float(candidate) + float(max(lower, default=candidate))) / 2


def _precision_at_recall(counts: Counts, given: Hyperparameters) -> Doubles:
    reached = recall(counts) >= given.target_recall
    return np.where(reached, precision(counts), -1.0)


def _recall_at_precision(counts: Counts, given: Hyperparameters) -> Doubles:
    # Where no threshold reaches the target, the most precise one is taken: minus 1 and more.
    reached = precision(counts) >= given.target_precision
    return np.where(reached, recall(counts), precision(counts) - 1)


_CRITERIA: Final[dict[SelectionCriteria, Callable[[Counts, Hyperparameters], Doubles]]] = {
    "accuracy": lambda counts, _: accuracy(counts),
    "f1": lambda counts, _: f_beta(counts, 1.0),
    "f_beta": lambda counts, given: f_beta(counts, given.f_beta),
    "precision_at_target_recall": _precision_at_recall,
    "recall_at_target_precision": _recall_at_precision,
}
