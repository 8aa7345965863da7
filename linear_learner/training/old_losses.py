"""Losses: how wrong a linear model's output is, and in which direction."""

from collections.abc import Mapping
from typing import Final, Protocol

import numpy as np

from linear_learner.arrays import Doubles, Floats


class Loss(Protocol):
    """A loss of the outputs ``x @ w + b`` of several models at once."""

    name: str
    """What hyperparameters and artifact call it."""

    objective: str
    """What the log calls its mean."""

    def gradient(self, outputs: Floats, labels: Floats, positive_weight: Floats) -> Doubles:
        """Replace outputs by the loss's derivative with respect to them.

        Parameters
        ----------
        outputs
            Shape (records, models); overwritten.
        labels
            Shape (records,).
        positive_weight
            Shape (models,): what a positive record counts.

        Returns
        -------
        Doubles
            The loss of every model, summed over the records.
        """
        ...

    def total(self, outputs: Floats, labels: Floats, positive_weight: Floats) -> Doubles:
        """Return the loss of every model, summed over the records."""
        ...


class LogisticLoss:
    """``log(1 + exp(-s * output))`` with ``s`` = 1 for a positive record and -1 for a negative."""

    name = "logistic"
    objective = "binary_classification_cross_entropy_objective"

    def gradient(self, outputs: Floats, labels: Floats, positive_weight: Floats) -> Doubles:
        """See `Loss.gradient`: ``-s / (1 + exp(s * output))``."""
        sign = _signs(labels)
        margins = np.multiply(outputs, sign, out=outputs)
        wrong = margins < 0
        losses, small, small_plus_1 = _losses(margins)
        np.copyto(small, 1, where=wrong)
        np.divide(small, small_plus_1, out=outputs)
        np.multiply(outputs, -sign, out=outputs)
        weights = _record_weights(labels, positive_weight)
        if weights is not None:
            np.multiply(outputs, weights, out=outputs)
        return _sum(losses, weights)

    def total(self, outputs: Floats, labels: Floats, positive_weight: Floats) -> Doubles:
        """See `Loss.total`."""
        losses, _, _ = _losses(outputs * _signs(labels))
        return _sum(losses, _record_weights(labels, positive_weight))


LOSSES: Final[Mapping[str, Loss]] = {LogisticLoss.name: LogisticLoss()}
"""The losses by what hyperparameters and artifact call them."""


def _signs(labels: Floats) -> Floats:
    return (2 * labels - 1)[:, np.newaxis]


def _losses(margins: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the losses, and ``exp(-|margin|)`` and 1 plus that: neither can overflow."""
    small = np.abs(margins)
    np.exp(np.negative(small, out=small), out=small)
    small_plus_1 = small + 1
    losses = np.log(small_plus_1)
    return np.subtract(losses, np.minimum(margins, 0), out=losses), small, small_plus_1


def _record_weights(labels: Floats, positive_weight: Floats) -> Floats | None:
    if np.all(positive_weight == 1):
        return None
    return 1 + labels[:, np.newaxis] * (positive_weight - 1)


def _sum(losses: Floats, weights: Floats | None) -> Doubles:
    weighted = losses if weights is None else np.multiply(losses, weights, out=losses)
    return weighted.sum(axis=0, dtype=np.float64)
