"""Metrics of a binary classifier, in scikit-learn's words and to its numbers."""

import math

import numpy as np
from numpy.typing import NDArray

from contract.evaluation import ConfusionMatrix, Metrics
from contract.hyperparameters import Loss

Labels = NDArray[np.int64]
Scores = NDArray[np.float64]


def confusion_matrix(actual: Labels, predicted: Labels) -> ConfusionMatrix:
    """Count records by their actual (row) and predicted (column) class.

    Parameters
    ----------
    actual, predicted
        Classes, 0 or 1, shape ``(records,)``.
    """
    tn, fp, fn, tp = np.bincount(2 * actual + predicted, minlength=4).tolist()
    return ConfusionMatrix(labels=(0, 1), matrix=((tn, fp), (fn, tp)))


def measure(matrix: ConfusionMatrix, actual: Labels, scores: Scores, loss: Loss) -> Metrics:
    """Compute every metric of an evaluation.

    Parameters
    ----------
    matrix
        Of the same records.
    actual
        Classes, 0 or 1, shape ``(records,)``.
    scores
        The higher, the likelier class 1; shape ``(records,)``.
    loss
        That the scoring model was trained with: only the scores of
        ``logistic`` are probabilities.

    Raises
    ------
    ValueError
        If there is but one actual class: ROC AUC is not defined then.
    """
    (true_negatives, false_positives), (false_negatives, true_positives) = matrix.matrix
    return Metrics(
        accuracy=(true_negatives + true_positives) / actual.size,
        precision=_ratio(true_positives, true_positives + false_positives),
        recall=_ratio(true_positives, true_positives + false_negatives),
        f1=_ratio(2 * true_positives, 2 * true_positives + false_positives + false_negatives),
        roc_auc=roc_auc(actual, scores),
        log_loss=log_loss(actual, scores) if loss == "logistic" else None,
    )


def roc_auc(actual: Labels, scores: Scores) -> float:
    """Return the probability that a positive record scores above a negative one.

    Ties count one half, so the area is that below the ROC curve's straight
    lines: the Mann-Whitney U statistic over the number of pairs, from the mean
    ranks of tied scores.

    Raises
    ------
    ValueError
        If there is but one actual class.
    """
    positives = int(np.count_nonzero(actual))
    negatives = actual.size - positives
    if not positives or not negatives:
        raise ValueError("ROC AUC is not defined where all records are of one class")
    _, tie, ties = np.unique(scores, return_inverse=True, return_counts=True)
    last_rank = np.cumsum(ties)
    mean_rank = last_rank - (ties - 1) / 2
    rank_sum = float(mean_rank[tie][actual == 1].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def log_loss(actual: Labels, scores: Scores) -> float:
    """Return the mean negative log-likelihood, in nats.

    A score of 0 or 1 is moved inside by the smallest step of its type: one
    record that is wrong and certain would make the mean infinite.
    """
    step = np.finfo(scores.dtype).eps
    certain = np.clip(scores, step, 1 - step)
    likelihood = np.where(actual == 1, certain, 1 - certain)
    return float(-np.log(likelihood).mean())


def highest_below_threshold(predicted: Labels, scores: Scores) -> float | None:
    """Return the highest score among records predicted negative; None without one."""
    return _extreme(float(np.max(scores, where=predicted == 0, initial=-math.inf)))


def lowest_above_threshold(predicted: Labels, scores: Scores) -> float | None:
    """Return the lowest score among records predicted positive; None without one."""
    return _extreme(float(np.min(scores, where=predicted == 1, initial=math.inf)))


def _extreme(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
