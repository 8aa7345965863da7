"""Score functions: what is answered for the outputs ``x @ w + b`` of a model, by its loss."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from linear_learner.arrays import Floats

Link = Callable[[Floats], Floats]


def identity(outputs: Floats) -> Floats:
    """Return the outputs: a regressor's prediction, or the side of the plane for `hinge_loss`."""
    return outputs


def sigmoid(outputs: Floats) -> Floats:
    """Return the probability of the positive class, ``1 / (1 + exp(-output))``, of each output."""
    # exp overflows to infinity for an output below -88, and 1 / infinity is the right 0.
    with np.errstate(over="ignore"):
        return np.reciprocal(1 + np.exp(-outputs))


def softmax(outputs: Floats) -> Floats:
    """Return the probability of each class; the classes are the last axis."""
    # Subtracting the greatest changes nothing but keeps exp from overflowing.
    powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


LINKS: Final[Mapping[str, Link]] = {
    "logistic": sigmoid,
    "hinge_loss": identity,
    "softmax_loss": softmax,
    "squared_loss": identity,
    "absolute_loss": identity,
    "eps_insensitive_squared_loss": identity,
    "eps_insensitive_absolute_loss": identity,
    "quantile_loss": identity,
    "huber_loss": identity,
}
"""The score function of every loss; all keep the shape of the outputs."""


def reaches(scores: Floats, threshold: float) -> np.ndarray:
    """Tell which scores are a yes: those that reach the threshold."""
    # A float32 threshold could be rounded to a score that it is to keep out.
    return scores.astype(np.float64) >= threshold
