"""Optimizers: the weights of a slice of models, and what moves them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats
from linear_learner.training.buffers import aligned_zeros
from linear_learner.training.kernels.updates import adam, rmsprop, sgd

RMSPROP_GAMMA: Final = np.float32(0.9)
"""MXNet's `gamma1`, for which Linear Learner has no hyperparameter."""


@dataclass(slots=True, eq=False)
class Gradient:
    """The gradient of touched features, a row for each.

    Attributes
    ----------
    rows
        Shape (features + 1, columns); of these, the first `count` are in use.
    touched
        The feature that each row belongs to, shape (features + 1,); the
        number of features stands for the bias.
    place
        The row of each feature that is touched, shape (features + 1,).
    always
        How many features every batch touches: all, or the bias alone.
    count
        How many features are touched.
    """

    rows: Floats
    touched: NDArray[np.int32]
    place: NDArray[np.int32]
    always: int
    count: int

    @classmethod
    def of(cls, rows: int, columns: int) -> "Gradient":
        """Make room for the gradient of so many rows of weights."""
        touched, place = np.empty(rows, np.int32), np.empty(rows, np.int32)
        gradient = cls(aligned_zeros(rows, columns), touched, place, rows, rows)
        gradient.touch_everything()
        return gradient

    def touch_everything(self) -> None:
        """Let every batch touch all features, in their own order."""
        self.touched[:] = self.place[:] = np.arange(len(self.touched))
        self.always = self.count = len(self.touched)

    def touch_only_the_bias(self) -> None:
        """Leave it to the records which other features are."""
        self.touched[0] = bias = len(self.touched) - 1
        self.place[bias] = 0
        self.always = 1


@dataclass(slots=True, eq=False)
class Weights:
    """The weights of some models, and what they were updated with.

    Attributes
    ----------
    values
        Shape (features + 1, columns); the last row is the bias.
    wd, l1
        Penalties of the features' and of the bias's columns, shape (2, columns).
    average
        Mean of all iterates, of the shape of the values; empty where none is kept.
    drawn
        Whether the first values mean nothing: a feature never seen has 0, and not its first.
    steps
        Updates so far.
    last
        The step that each row was last updated in, or 0; shape (features + 1,).
    """

    values: Floats
    wd: Floats
    l1: Floats
    average: Floats
    drawn: bool = True
    steps: int = 0
    last: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        self.last = np.zeros(len(self.values), np.int32)

    def now(self) -> Floats:
        """Return the values, or their average, as they are now."""
        if not len(self.average):
            now = self.values.copy()
        else:
            since = (self.steps - self.last) / max(self.steps, 1)
            share = since.astype(np.float32)[:, np.newaxis]
            now = self.average + np.multiply(share, self.values - self.average, dtype=np.float32)
            # Averaging blurs what the L1 penalty has made zero.
            bare = self.values == 0
            now[:-1][bare[:-1] & (self.l1[0] > 0)] = 0
        if self.steps and self.drawn:
            now[:-1][self.last[:-1] == 0] = 0
        return now


Optimizer = Callable[[Weights, Gradient, Floats, int], None]
"""Takes a step: moves the weights by a gradient, summed over some records.

Its learning rate has the shape (2, columns): of the features, and of the bias.
"""


def make_optimizer(given: Hyperparameters, weights: Weights) -> Optimizer:
    """Return the optimizer that the hyperparameters ask for, with its state for the weights."""
    match given.optimizer:
        case "adam":
            return _Adam(given, weights)
        case "sgd":
            return _SGD(given, weights)
        case "rmsprop":
            return _RMSProp(weights)


class _Adam:
    def __init__(self, given: Hyperparameters, weights: Weights) -> None:
        self._betas = np.float32(given.beta_1), np.float32(given.beta_2)
        self._mean = aligned_zeros(*weights.values.shape)
        self._square = aligned_zeros(*weights.values.shape)

    def __call__(self, weights: Weights, gradient: Gradient, rate: Floats, records: int) -> None:
        beta_1, beta_2 = (float(beta) ** weights.steps for beta in self._betas)
        adam(
            *(weights.values, gradient.rows, self._mean, self._square, weights.average),
            *(gradient.touched, gradient.count, weights.last, weights.steps),
            *(rate, weights.wd, weights.l1),
            *(np.float32(1 / records), *self._betas),
            *(np.float32(1 / (1 - beta_1)), np.float32((1 - beta_2) ** 0.5)),
        )


class _SGD:
    def __init__(self, given: Hyperparameters, weights: Weights) -> None:
        self._momentum = np.float32(given.momentum)
        self._velocity = aligned_zeros(*weights.values.shape)

    def __call__(self, weights: Weights, gradient: Gradient, rate: Floats, records: int) -> None:
        sgd(
            *(weights.values, gradient.rows, self._velocity, weights.average),
            *(gradient.touched, gradient.count, weights.last, weights.steps),
            *(rate, weights.wd, weights.l1),
            *(np.float32(1 / records), self._momentum),
        )


class _RMSProp:
    def __init__(self, weights: Weights) -> None:
        self._square = aligned_zeros(*weights.values.shape)

    def __call__(self, weights: Weights, gradient: Gradient, rate: Floats, records: int) -> None:
        rmsprop(
            *(weights.values, gradient.rows, self._square, weights.average),
            *(gradient.touched, gradient.count, weights.last, weights.steps),
            *(rate, weights.wd, weights.l1),
            *(np.float32(1 / records), RMSPROP_GAMMA),
        )
