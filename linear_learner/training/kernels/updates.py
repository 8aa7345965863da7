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

from linear_learner.arrays import Floats
from linear_learner.training.kernels.vectors import Lanes, for_columns, jitable, kernel, prefetch

EPSILON: Final = np.float32(1e-8)
"""MXNet's, of Adam and of RMSProp."""

_ZERO: Final = np.float32(0)
_ONE: Final = np.float32(1)
_FADED: Final = np.float32(1e-30)
"""What is nearer to 0 is 0: numbers near the least that float32 has take many times as long."""

_AHEAD: Final = 8
"""Rows that are fetched before their turn."""

_MATRIX: Final = types.float32[:, ::1]
_SETTINGS: Final = (_MATRIX, _MATRIX, _MATRIX)
_ROWS: Final = (types.int32[::1], types.int64, types.int32[::1], types.int64)


def _average_by(lanes: Lanes) -> Any:  # noqa: ANN401 - numba has no types
    load, store = lanes.load, lanes.store

    def average_by(
        column: int, weights: Floats, average: Floats, row: int, share: np.float32
    ) -> None:
        """Move the average of a row a share of the way to its weights."""
        old = load(average, row, column)
        store(average, row, column, old + (load(weights, row, column) - old) * share)

    return average_by


def _shrinker(lanes: Lanes) -> Any:  # noqa: ANN401 - numba has no types
    least, most, of = lanes.least, lanes.most, lanes.of

    def shrunk(weight: Any, threshold: Any) -> Any:  # noqa: ANN401
        """Move weights towards zero by a threshold, and no further than zero."""
        return weight - least(most(weight, of(_ZERO) - threshold), threshold)

    return jitable(shrunk, lanes.width)


def _adam_by(lanes: Lanes) -> Any:  # noqa: ANN401 - numba has no types
    load, store, root, unless_below = lanes.load, lanes.store, lanes.root, lanes.unless_below
    shrunk = _shrinker(lanes)

    def adam_by(
        column: int,
        weights: Floats,
        gradient: Floats,
        mean: Floats,
        square: Floats,
        row: int,
        place: int,
        part: int,
        learning_rate: Floats,
        wd: Floats,
        l1: Floats,
        scale: np.float32,
        beta_1: np.float32,
        beta_2: np.float32,
        unbias_mean: np.float32,
        unbias_root: np.float32,
    ) -> None:
        w = load(weights, row, column)
        g = load(gradient, place, column) * scale + load(wd, part, column) * w
        m = load(mean, row, column) * beta_1 + g * (_ONE - beta_1)
        v = load(square, row, column) * beta_2 + g * g * (_ONE - beta_2)
        m, v = unless_below(m, _FADED), unless_below(v, _FADED)
        rate = load(learning_rate, part, column) * unbias_root / (root(v) + EPSILON)
        store(mean, row, column, m)
        store(square, row, column, v)
        moved = w - rate * (m * unbias_mean)
        store(weights, row, column, shrunk(moved, rate * load(l1, part, column)))

    return adam_by


def _sgd_by(lanes: Lanes) -> Any:  # noqa: ANN401 - numba has no types
    load, store, unless_below = lanes.load, lanes.store, lanes.unless_below
    shrunk = _shrinker(lanes)

    def sgd_by(
        column: int,
        weights: Floats,
        gradient: Floats,
        velocity: Floats,
        row: int,
        place: int,
        part: int,
        learning_rate: Floats,
        wd: Floats,
        l1: Floats,
        scale: np.float32,
        momentum: np.float32,
    ) -> None:
        w = load(weights, row, column)
        rate = load(learning_rate, part, column)
        g = load(gradient, place, column) * scale + load(wd, part, column) * w
        moved = unless_below(load(velocity, row, column) * momentum - rate * g, _FADED)
        store(velocity, row, column, moved)
        steady = _ONE / (_ONE - momentum)
        store(weights, row, column, shrunk(w + moved, rate * steady * load(l1, part, column)))

    return sgd_by


def _rmsprop_by(lanes: Lanes) -> Any:  # noqa: ANN401 - numba has no types
    load, store, root, unless_below = lanes.load, lanes.store, lanes.root, lanes.unless_below
    shrunk = _shrinker(lanes)

    def rmsprop_by(
        column: int,
        weights: Floats,
        gradient: Floats,
        square: Floats,
        row: int,
        place: int,
        part: int,
        learning_rate: Floats,
        wd: Floats,
        l1: Floats,
        scale: np.float32,
        gamma: np.float32,
    ) -> None:
        w = load(weights, row, column)
        g = load(gradient, place, column) * scale + load(wd, part, column) * w
        n = load(square, row, column) * gamma + g * g * (_ONE - gamma)
        n = unless_below(n, _FADED)
        rate = load(learning_rate, part, column) / root(n + EPSILON)
        store(square, row, column, n)
        store(weights, row, column, shrunk(w - rate * g, rate * load(l1, part, column)))

    return rmsprop_by


_average_row = for_columns(_average_by)
_adam_row = for_columns(_adam_by)
_sgd_row = for_columns(_sgd_by)
_rmsprop_row = for_columns(_rmsprop_by)


@jitable
def _catch_up(weights: Floats, average: Floats, row: int, since: int, done: int) -> None:
    """Bring the average of a row that has not moved since a step to what it is by now."""
    if len(average) and since < done:
        share = np.float32((done - since) / done)
        _average_row(weights.shape[1], (weights, average, row, share))


@jitable
def _follow(weights: Floats, average: Floats, row: int, step: int) -> None:
    """Take a step's weights into their average."""
    if len(average):
        _average_row(weights.shape[1], (weights, average, row, np.float32(1 / step)))


@kernel(
    types.void(
        _MATRIX, _MATRIX, _MATRIX, _MATRIX, _MATRIX, *_ROWS, *_SETTINGS,
        types.float32, types.float32, types.float32, types.float32, types.float32,
    ),
)  # fmt: skip
def adam(
    weights: Floats,
    gradient: Floats,
    mean: Floats,
    square: Floats,
    average: Floats,
    touched: np.ndarray,
    count: int,
    last: np.ndarray,
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
        if place + _AHEAD < count:
            following = touched[place + _AHEAD]
            prefetch(weights, following)
            prefetch(last, following)
            prefetch(mean, following)
            prefetch(square, following)
        row = touched[place]
        part = 1 if row == bias else 0
        _catch_up(weights, average, row, last[row], step - 1)
        _adam_row(
            weights.shape[1],
            (
                *(weights, gradient, mean, square, row, place, part, learning_rate, wd, l1),
                *(scale, beta_1, beta_2, unbias_mean, unbias_root),
            ),
        )
        _follow(weights, average, row, step)
        last[row] = step


@kernel(
    types.void(
        _MATRIX, _MATRIX, _MATRIX, _MATRIX, *_ROWS, *_SETTINGS, types.float32, types.float32
    ),
)  # fmt: skip
def sgd(
    weights: Floats,
    gradient: Floats,
    velocity: Floats,
    average: Floats,
    touched: np.ndarray,
    count: int,
    last: np.ndarray,
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
    for place in range(count):
        if place + _AHEAD < count:
            following = touched[place + _AHEAD]
            prefetch(weights, following)
            prefetch(last, following)
            prefetch(velocity, following)
        row = touched[place]
        part = 1 if row == bias else 0
        _catch_up(weights, average, row, last[row], step - 1)
        _sgd_row(
            weights.shape[1],
            (
                *(weights, gradient, velocity, row, place, part, learning_rate, wd, l1),
                *(scale, momentum),
            ),
        )
        _follow(weights, average, row, step)
        last[row] = step


@kernel(
    types.void(
        _MATRIX, _MATRIX, _MATRIX, _MATRIX, *_ROWS, *_SETTINGS, types.float32, types.float32
    ),
)  # fmt: skip
def rmsprop(
    weights: Floats,
    gradient: Floats,
    square: Floats,
    average: Floats,
    touched: np.ndarray,
    count: int,
    last: np.ndarray,
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
        if place + _AHEAD < count:
            following = touched[place + _AHEAD]
            prefetch(weights, following)
            prefetch(last, following)
            prefetch(square, following)
        row = touched[place]
        part = 1 if row == bias else 0
        _catch_up(weights, average, row, last[row], step - 1)
        _rmsprop_row(
            weights.shape[1],
            (
                *(weights, gradient, square, row, place, part, learning_rate, wd, l1),
                *(scale, gamma),
            ),
        )
        _follow(weights, average, row, step)
        last[row] = step
