"""Metrics of a multiclass classifier."""

import numpy as np

from linear_learner.arrays import Doubles, Floats
from linear_learner.selection.rates import Counts, f_beta, precision, recall


class MulticlassMetrics:
    """Counts piece by piece what the metrics need.

    A class that is neither among the labels nor among the answers is not in
    the means over the classes (``macro_...``); what has no denominator is 0.
    The balanced accuracy is the mean recall of the classes among the labels.
    The log loss is the mean over the records, whatever their classes weigh:
    the built-in's is another number than its objective too, but from what it
    is made is not published.

    Parameters
    ----------
    classes
        Number of classes.
    top_k
        Among how many of the highest outputs a label counts as found.
    beta
        Weight of the recall in the F score.
    """

    def __init__(self, classes: int, top_k: int, beta: float) -> None:
        self._top_k = top_k
        self._beta = beta
        self._actual = np.zeros(classes)
        self._answered = np.zeros(classes)
        self._right = np.zeros(classes)
        self._in_top = 0
        self._gain = 0.0
        self._log_loss = 0.0

    def add(self, outputs: Floats, labels: Floats) -> None:
        """Take note of outputs, shape (records, classes), and labels, shape (records,)."""
        classes = len(self._actual)
        index = labels.astype(np.int64)
        answers = outputs.argmax(axis=1)
        own = np.take_along_axis(outputs, index[:, np.newaxis], axis=1)
        rank = (outputs > own).sum(axis=1)
        # argmax answers the first of equal outputs.
        rank += ((outputs == own) & (np.arange(classes) < index[:, np.newaxis])).sum(axis=1)
        self._actual += np.bincount(index, minlength=classes)
        self._answered += np.bincount(answers, minlength=classes)
        self._right += np.bincount(index[answers == index], minlength=classes)
        self._in_top += int((rank < self._top_k).sum())
        self._gain += float((1 / np.log2(rank + 2)).sum())
        above = outputs - outputs.max(axis=1, keepdims=True)
        own_above = np.take_along_axis(above, index[:, np.newaxis], axis=1)
        self._log_loss += float(np.log(np.exp(above).sum(axis=1, dtype=np.float64)).sum())
        self._log_loss -= float(own_above.sum(dtype=np.float64))

    def result(self) -> dict[str, float]:
        """Return the metrics by the log's names, in its order."""
        records = float(self._actual.sum())
        counts = Counts(
            true_positives=self._right,
            false_positives=self._answered - self._right,
            positives=self._actual,
            negatives=records - self._actual,
        )
        there = (self._actual + self._answered) > 0

        def mean_of_classes(rates: Doubles) -> float:
            return float(rates[there].mean())

        return {
            "multiclass_accuracy": float(self._right.sum()) / records,
            f"multiclass_top_k_accuracy_{self._top_k}": self._in_top / records,
            "dcg": self._gain / records,
            "macro_recall": mean_of_classes(recall(counts)),
            "macro_precision": mean_of_classes(precision(counts)),
            f"macro_f_{self._beta:.3f}": mean_of_classes(f_beta(counts, self._beta)),
            "multiclass_balanced_accuracy": float(recall(counts)[self._actual > 0].mean()),
            "multiclass_log_loss": self._log_loss / records,
        }
