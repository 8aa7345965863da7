"""Rates of a classifier: at one threshold, at many at once, or of many classes."""

from dataclasses import dataclass

import numpy as np

from linear_learner.arrays import Doubles, Floats
from linear_learner.links import reaches


@dataclass(frozen=True, slots=True)
class Counts:
    """Answers by what they are, an entry a threshold; or an entry a class, held against the rest.

    Attributes
    ----------
    true_positives, false_positives
        Records answered yes, rightly and wrongly; shape (thresholds,).
    positives, negatives
        Records of either class; of many classes, shape (classes,).
    """

    true_positives: Doubles
    false_positives: Doubles
    positives: float | Doubles
    negatives: float | Doubles

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both groups of records."""
        return Counts(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.positives + other.positives,
            self.negatives + other.negatives,
        )


def count(scores: Floats, labels: Floats, threshold: float) -> Counts:
    """Count the answers at one threshold."""
    yes = reaches(scores, threshold)
    positive = labels == 1
    return Counts(
        true_positives=np.array([np.count_nonzero(yes & positive)], np.float64),
        false_positives=np.array([np.count_nonzero(yes & ~positive)], np.float64),
        positives=int(np.count_nonzero(positive)),
        negatives=int(np.count_nonzero(~positive)),
    )


def accuracy(counts: Counts) -> Doubles:
    """Return the share of right answers."""
    right = counts.true_positives + counts.negatives - counts.false_positives
    return right / (counts.positives + counts.negatives)


def precision(counts: Counts) -> Doubles:
    """Return the share of right answers among those that say yes; 0 where none does."""
    yes = counts.true_positives + counts.false_positives
    return counts.true_positives / np.maximum(yes, 1)


def recall(counts: Counts) -> Doubles:
    """Return the share of the positive records that are answered yes; 0 where there is none."""
    return counts.true_positives / np.maximum(counts.positives, 1)


def f_beta(counts: Counts, beta: float) -> Doubles:
    """Return the weighted harmonic mean of precision and recall."""
    weight_of_precision = 1 / (1 + beta * beta)
    yes = counts.true_positives + counts.false_positives
    mean = yes * weight_of_precision + counts.positives * (1 - weight_of_precision)
    return counts.true_positives / np.where(mean > 0, mean, 1)


def roc_auc(scores: Floats, labels: Floats) -> float:
    """Return the chance that a positive record scores higher than a negative; a tie counts half."""
    # Both sorted, since what is looked for in order is found near what was found before.
    positive, negative = (np.sort(scores[labels == label]) for label in (1, 0))
    below = np.searchsorted(negative, positive, side="left")
    not_above = np.searchsorted(negative, positive, side="right")
    wins = below.sum(dtype=np.float64) + not_above.sum(dtype=np.float64)
    return float(wins / 2 / (len(positive) * len(negative)))
