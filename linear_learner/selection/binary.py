"""Metrics of a binary classifier."""

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.links import LINKS
from linear_learner.model import LinearModel
from linear_learner.selection.rates import (
    Counts,
    accuracy,
    count,
    f_beta,
    precision,
    recall,
    roc_auc,
)
from linear_learner.selection.score_sample import MOST_RECORDS, ScoreSample


class BinaryMetrics:
    """Counts piece by piece the answers at a model's threshold.

    The area under the curve is that of a sample of `MOST_RECORDS`, where there are more.
    """

    def __init__(self, model: LinearModel, beta: float) -> None:
        self._threshold = model.threshold
        self._link = LINKS[model.loss_type]
        self._beta = beta
        self._counts = Counts(np.zeros(1), np.zeros(1), 0, 0)
        self._sample = ScoreSample(MOST_RECORDS, seed=0)

    def add(self, outputs: Floats, labels: Floats) -> None:
        """Take note of outputs, shape (records, 1), and labels, shape (records,)."""
        scores = self._link(outputs)
        self._sample.add(scores, labels)
        self._counts += count(scores[:, 0], labels, self._threshold)

    def result(self) -> dict[str, float]:
        """Return the metrics by the log's names, in its order."""
        counts = self._counts
        labels = self._sample.labels()
        return {
            "binary_classification_accuracy": float(accuracy(counts)[0]),
            f"binary_f_{self._beta:.3f}": float(f_beta(counts, self._beta)[0]),
            "precision": float(precision(counts)[0]),
            "recall": float(recall(counts)[0]),
            "roc_auc_score": roc_auc(self._sample.scores(0), labels),
        }
