"""Metrics of a regressor."""

import math

import numpy as np

from linear_learner.arrays import Floats


class RegressionMetrics:
    """Sums errors piece by piece."""

    def __init__(self) -> None:
        self._records = 0
        self._squares = 0.0
        self._absolute = 0.0

    def add(self, outputs: Floats, labels: Floats) -> None:
        """Take note of outputs, shape (records, 1), and labels, shape (records,)."""
        errors = outputs[:, 0].astype(np.float64) - labels
        self._records += len(errors)
        # BLAS would round by the number of its threads.
        self._squares += float(np.square(errors).sum())
        self._absolute += float(np.abs(errors).sum())

    def result(self) -> dict[str, float]:
        """Return the metrics by the log's names, in its order."""
        mse = self._squares / self._records
        return {
            "mse": mse,
            "absolute_loss": self._absolute / self._records,
            "rmse": math.sqrt(mse),
        }
