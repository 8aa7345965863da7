"""A convex solver that shares nothing with the learner: L-BFGS in float64 on all records.

Losses with kinks are smoothed a little more than not at all, from below: so
the minimum of what is smoothed is a lower bound of theirs, by a ten-thousandth at most.
"""

# SciPy has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

EPS: Final = 0.01
MARGIN: Final = 1.0
QUANTILE: Final = 0.5
DELTA: Final = 1.0
SMOOTHINGS: Final = (1e-1, 1e-2, 1e-3, 2e-4)

OPTIONS: Final[Any] = {
    "maxiter": 20_000,
    "maxfun": 40_000,
    "maxcor": 30,
    "ftol": 1e-13,
    "gtol": 1e-8,
}

KINKED: Final = ("absolute_loss", "quantile_loss", "eps_insensitive_absolute_loss", "hinge_loss")


class Loss:
    """A loss of each record, and its derivative with respect to the output.

    Parameters
    ----------
    name
        The learner's name of it.
    smoothing
        How far from a kink the loss is a parabola that touches it from below.
    """

    def __init__(self, name: str, smoothing: float) -> None:
        self._name = name
        self._smoothing = smoothing

    def __call__(self, outputs: Array, labels: Array) -> Pair:
        """Return values, shape (records,), and derivatives, of the shape of the outputs."""
        if self._name == "softmax_loss":
            return _softmax(outputs, labels)
        values, slopes = self._of_one_output(outputs[:, 0], labels)
        return values, slopes[:, np.newaxis]

    def _of_one_output(self, output: Array, label: Array) -> Pair:  # noqa: PLR0911 - a loss each
        sign, error = np.where(label > 0, 1.0, -1.0), output - label
        match self._name:
            case "logistic":
                return np.logaddexp(0, -sign * output), -sign / (1 + np.exp(sign * output))
            case "hinge_loss":
                values, slopes = self._beyond(MARGIN - sign * output)
                return values, -sign * slopes
            case "squared_loss":
                return error**2 / 2, error
            case "eps_insensitive_squared_loss":
                beyond = np.maximum(np.abs(error) - EPS, 0)
                return beyond**2 / 2, beyond * np.sign(error)
            case "huber_loss":
                near = np.clip(error, -DELTA, DELTA)
                return near * (error - near / 2), near
            case "eps_insensitive_absolute_loss":
                values, slopes = self._beyond(np.abs(error) - EPS)
                return values, slopes * np.sign(error)
            case _:
                above, below = (1 - QUANTILE, QUANTILE) if self._name == "quantile_loss" else (1, 1)
                over, over_slopes = self._beyond(error)
                under, under_slopes = self._beyond(-error)
                return above * over + below * under, above * over_slopes - below * under_slopes

    def _beyond(self, amount: Array) -> Pair:
        """Return max(0, amount), smoothed."""
        if not self._smoothing:
            return np.maximum(amount, 0), (amount > 0).astype(np.float64)
        slopes = np.clip(amount / self._smoothing, 0, 1)
        return np.where(slopes < 1, slopes * amount / 2, amount - self._smoothing / 2), slopes


def _softmax(outputs: Array, labels: Array) -> Pair:
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(axis=1, keepdims=True)
    rows, classes = np.arange(len(labels)), labels.astype(int)
    slopes = powers / sums
    slopes[rows, classes] -= 1
    return np.log(sums[:, 0]) - shifted[rows, classes], slopes


def minimum(loss: str, features: Array, labels: Array, wd: float, outputs: int) -> float:
    """Return the least mean loss + wd / 2 * the squares of the weights; the bias is free."""
    records, width = features.shape
    solution = np.zeros((width + 1) * outputs)
    least = np.inf
    for smoothing in SMOOTHINGS if loss in KINKED else (0.0,):
        of_records = Loss(loss, smoothing)

        def objective(flat: Array, of_records: Loss = of_records) -> tuple[float, Array]:
            weights = flat.reshape(width + 1, outputs)
            values, slopes = of_records(features @ weights[:-1] + weights[-1], labels)
            gradient = np.vstack((features.T @ slopes, slopes.sum(axis=0))) / records
            gradient[:-1] += wd * weights[:-1]
            penalty = wd / 2 * np.square(weights[:-1]).sum()
            return float(values.mean() + penalty), gradient.ravel()

        found = minimize(objective, solution, jac=True, method="L-BFGS-B", options=OPTIONS)
        solution, least = found.x, float(found.fun)
    return least
