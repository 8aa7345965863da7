"""Updates of the weights of touched features: each optimizer's step in one pass.

A column is an output of a model, with penalties and learning rate of its own.
Weight decay is part of the gradient, as in MXNet's optimizers. The L1 penalty
is a proximal step in the metric of the optimizer's own: the threshold of a
weight is l1 times what one unit of a steady gradient would move it by,
otherwise it would come to rest at another point than the optimum.
"""

from typing import Any, Final

import numpy as np
from numba import types
from numba.extending import register_jitable

from linear_learner.arrays import Floats, Indices
from linear_learner.compiled import compiled

EPSILON: Final = np.float32(1e-8)
"""MXNet's, of Adam and of RMSProp."""

_ONE: Final = np.float32(1)
_NOTHING: Final = np.float32(0)
_FADED: Final = np.float32(1e-30)
"""What is less is 0: numbers near the least that float32 has take many times as long."""

_MATRIX: Final = types.float32[:, ::1]
_SETTINGS: Final = (_MATRIX, _MATRIX, _MATRIX)
_ROWS: Final = (types.int32[::1], types.int64, types.int64[::1], types.int64)

# Unlike what njit returns, this stays a plain function, which numba's cache knows again.
_inlined: Any = register_jitable(error_model="numpy")


@_inlined
def _shrunk(weight: np.float32, threshold: np.float32) -> np.float32:
    """Move a weight towards zero by a threshold, and no further than zero."""
    return weight - min(max(weight, -threshold), threshold)


@_inlined
def _unless_faded(value: np.float32) -> np.float32:
    return _NOTHING if abs(value) < _FADED else value


@_inlined
def _catch_up(weights: Floats, average: Floats, row: int, since: int, done: int) -> None:
    """Bring the average of a weight that has not moved since a step to what it is by now."""
    if len(average) and since < done:
        share = np.float32((done - since) / done)
        for column in range(weights.shape[1]):
            average[row, column] += share * (weights[row, column] - average[row, column])


@_inlined
def _follow(weights: Floats, average: Floats, row: int, step: int) -> None:
    """Take a step's weights into their average."""
    if len(average):
        share = np.float32(1 / step)
        for column in range(weights.shape[1]):
            average[row, column] += share * (weights[row, column] - average[row, column])


@compiled(
    types.void(
        _MATRIX, _MATRIX, _MATRIX, _MATRIX, _MATRIX, *_ROWS, *_SETTINGS,
        types.float32, types.float32, types.float32, types.float32, types.float32,
    ),
    error_model="numpy",
)  # fmt: skip
def adam(
    weights: Floats,
    gradient: Floats,
    mean: Floats,
    square: Floats,
    average: Floats,
    touched: np.ndarray,
    count: int,
    last: Indices,
    step: int,
    learning_rate: Floats,
    wd: Floats,
    l1: Floats,
    scale: np.float32,
    beta_1: np.float32,
    beta_2: np.float32,
    unbias_mean: np.float32,
    unbias_root: np.float32,
) -> None:
    """Take a step of Adam.

    MXNet's `Adam` (``adam_update``), which is Kingma and Ba, "Adam: A Method
    for Stochastic Optimization" (2015), with epsilon beside the root of the
    biased square::

        m = beta_1 m + (1 - beta_1) g
        v = beta_2 v + (1 - beta_2) g**2
        rate = lr sqrt(1 - beta_2**t) / (sqrt(v) + epsilon)
        w = w - rate m / (1 - beta_1**t)

    The L1 threshold is ``rate * l1``.

    Parameters
    ----------
    unbias_mean, unbias_root
        ``1 / (1 - beta_1**t)`` and ``sqrt(1 - beta_2**t)``.
    others
        See `sgd`; mean and square have the shape of the weights.
    """
    bias = len(weights) - 1
    for place in range(count):
        row = touched[place]
        part = 1 if row == bias else 0
        _catch_up(weights, average, row, last[row], step - 1)
        for column in range(weights.shape[1]):
            w = weights[row, column]
            g = gradient[place, column] * scale + wd[part, column] * w
            m = _unless_faded(beta_1 * mean[row, column] + (_ONE - beta_1) * g)
            v = _unless_faded(beta_2 * square[row, column] + (_ONE - beta_2) * (g * g))
            rate = learning_rate[part, column] * unbias_root / (np.sqrt(v) + EPSILON)
            mean[row, column] = m
            square[row, column] = v
            moved = w - rate * (unbias_mean * m)
            weights[row, column] = _shrunk(moved, rate * l1[part, column])
        _follow(weights, average, row, step)
        last[row] = step


@compiled(
    types.void(
        _MATRIX, _MATRIX, _MATRIX, _MATRIX, *_ROWS, *_SETTINGS, types.float32, types.float32
    ),
    error_model="numpy",
)  # fmt: skip
def sgd(
    weights: Floats,
    gradient: Floats,
    velocity: Floats,
    average: Floats,
    touched: np.ndarray,
    count: int,
    last: Indices,
    step: int,
    learning_rate: Floats,
    wd: Floats,
    l1: Floats,
    scale: np.float32,
    momentum: np.float32,
) -> None:
    """Take a step of stochastic gradient descent with momentum.

    MXNet's `SGD` (``sgd_mom_update``)::

        velocity = momentum velocity - lr g
        w = w + velocity

    A steady gradient moves a weight by ``lr / (1 - momentum)`` times itself,
    so the L1 threshold is that times l1.

    Parameters
    ----------
    weights
        Shape (features + 1, columns); the last row is the bias. Updated.
    gradient
        Shape (at least count, columns): a row for each touched feature.
    velocity
        The optimizer's state, of the shape of the weights. Updated.
    average
        Mean of the iterates, of the shape of the weights; empty where none is kept. Updated.
    touched, count
        The rows of the weights that are updated, ``touched[:count]``.
    last
        The step that each row was last updated in, shape (features + 1,). Updated.
    step
        This one; the first is 1.
    learning_rate, wd, l1
        Shape (2, columns): of the features, and of the bias.
    scale
        Times the gradient.
    momentum
        What is left of the velocity a step later.
    """
    bias = len(weights) - 1
    steady = _ONE / (_ONE - momentum)
    for place in range(count):
        row = touched[place]
        part = 1 if row == bias else 0
        _catch_up(weights, average, row, last[row], step - 1)
        for column in range(weights.shape[1]):
            w = weights[row, column]
            rate = learning_rate[part, column]
            g = gradient[place, column] * scale + wd[part, column] * w
            moved = _unless_faded(momentum * velocity[row, column] - rate * g)
            velocity[row, column] = moved
            weights[row, column] = _shrunk(w + moved, rate * steady * l1[part, column])
        _follow(weights, average, row, step)
        last[row] = step


@compiled(
    types.void(
        _MATRIX, _MATRIX, _MATRIX, _MATRIX, *_ROWS, *_SETTINGS, types.float32, types.float32
    ),
    error_model="numpy",
)  # fmt: skip
def rmsprop(
    weights: Floats,
    gradient: Floats,
    square: Floats,
    average: Floats,
    touched: np.ndarray,
    count: int,
    last: Indices,
    step: int,
    learning_rate: Floats,
    wd: Floats,
    l1: Floats,
    scale: np.float32,
    gamma: np.float32,
) -> None:
    """Take a step of RMSProp.

    MXNet's `RMSProp`, not centred (``rmsprop_update``), which is Tieleman and
    Hinton, "Lecture 6.5: RMSProp" (2012)::

        n = gamma n + (1 - gamma) g**2
        rate = lr / sqrt(n + epsilon)
        w = w - rate g

    The L1 threshold is ``rate * l1``.

    Parameters
    ----------
    square
        n, of the shape of the weights. Updated.
    gamma
        What is left of it a step later.
    others
        See `sgd`.
    """
    bias = len(weights) - 1
    for place in range(count):
        row = touched[place]
        part = 1 if row == bias else 0
        _catch_up(weights, average, row, last[row], step - 1)
        for column in range(weights.shape[1]):
            w = weights[row, column]
            g = gradient[place, column] * scale + wd[part, column] * w
            n = _unless_faded(gamma * square[row, column] + (_ONE - gamma) * (g * g))
            rate = learning_rate[part, column] / np.sqrt(n + EPSILON)
            square[row, column] = n
            weights[row, column] = _shrunk(w - rate * g, rate * l1[part, column])
        _follow(weights, average, row, step)
        last[row] = step
