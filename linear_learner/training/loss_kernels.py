"""The losses, compiled: each is written once, for one output, and inlined into a loop.

Everything that a kernel calls is in this file, since numba's cache notices
changes of the kernel's own file alone. The arithmetic is float32 without
branches, so that LLVM makes vector instructions of it; the sums are float64.
A NaN or infinity stays in its own model's outputs and sum.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numba.extending import register_jitable

from linear_learner.arrays import Doubles, Floats

Kernel = Callable[[Floats, Floats, Floats, Doubles, np.float32], None]

_READ_ONLY: Final = "Array(float32, {}, 'C', readonly=True)"
SIGNATURE: Final = (
    "void("
    "float32[:, ::1], "  # outputs, which become derivatives
    f"{_READ_ONLY.format(1)}, "  # labels
    f"{_READ_ONLY.format(2)}, "  # class_weight
    "float64[::1], "  # losses, which are added to
    "float32)"  # the loss's parameter
)

_ZERO: Final = np.float32(0)
_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1)
_TWO: Final = np.float32(2)

_LOG2_E: Final = np.float32(1.44269504)
_LN2_HIGH: Final = np.float32(0.693359375)
_LN2_LOW: Final = np.float32(-2.12194440e-4)
_TO_INTEGER: Final = np.float32(12_582_912)  # 1.5 * 2**23: sums with it are integers
_EXPONENT_BITS: Final = np.int32(23)
_BITS_OF_1: Final = np.int32(0x3F800000)
_LEAST_EXPONENT: Final = np.float32(-87)  # e to the power of less is no normal number

# Unlike what njit returns, this stays a plain function, which numba's cache knows again.
_inlined: Any = register_jitable(error_model="numpy")


@_inlined
def exp_of_negative(x: np.float32) -> np.float32:
    """Return e**x for x <= 0, but 1.6e-38 for what is less than that.

    ``x = n ln 2 + r`` with an integer n and a small r, whose power is a
    polynomial: that of Moshier's Cephes library, `expf`. The error is below
    one unit in the last place; the C library's function, which numba calls
    for one number after the other, takes a dozen times as long.
    """
    bounded = _LEAST_EXPONENT if x < _LEAST_EXPONENT else x  # noqa: FURB136 - keeps NaN
    shifted = np.float32(bounded * _LOG2_E + _TO_INTEGER)
    n = shifted - _TO_INTEGER
    r = bounded - n * _LN2_HIGH - n * _LN2_LOW
    p = np.float32(1.9875691500e-4) * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    power = np.int32(np.int32(shifted.view(np.int32) << _EXPONENT_BITS) + _BITS_OF_1)
    return (p * r * r + r + _ONE) * power.view(np.float32)


@_inlined
def log_of_1_plus(x: np.float32) -> np.float32:
    """Return log(1 + x) for 0 <= x <= 1, by the series of ``2 atanh(x / (2 + x))``."""
    s = x / (_TWO + x)
    t = s * s
    p = np.float32(2 / 13) * t + np.float32(2 / 11)
    p = p * t + np.float32(2 / 9)
    p = p * t + np.float32(2 / 7)
    p = p * t + np.float32(2 / 5)
    p = p * t + np.float32(2 / 3)
    return s * (p * t + _TWO)


# Derivative and loss for one output. A classifier's second argument is 1 or -1, a
# regressor's the label; the third is the loss's parameter. NaN fails every comparison:
# which branch it takes is chosen so that it reaches the loss.

_Pair = tuple[np.float32, np.float32]
_Pointwise = Callable[[np.float32, np.float32, np.float32], _Pair]


@_inlined
def _logistic(output: np.float32, sign: np.float32, _: np.float32) -> _Pair:
    margin = sign * output
    small = exp_of_negative(-abs(margin))
    wrong = margin < _ZERO
    share = (_ONE if wrong else small) / (_ONE + small)
    return -sign * share, log_of_1_plus(small) - (margin if wrong else _ZERO)


@_inlined
def _hinge(output: np.float32, sign: np.float32, margin: np.float32) -> _Pair:
    slack = margin - sign * output
    if slack <= _ZERO:
        return _ZERO, _ZERO
    return -sign, slack


@_inlined
def _squared(output: np.float32, label: np.float32, _: np.float32) -> _Pair:
    error = output - label
    return error, _HALF * error * error


@_inlined
def _absolute(output: np.float32, label: np.float32, _: np.float32) -> _Pair:
    error = output - label
    return _sign(error), abs(error)


@_inlined
def _eps_insensitive_squared(output: np.float32, label: np.float32, eps: np.float32) -> _Pair:
    error = output - label
    beyond = abs(error) - eps
    if beyond <= _ZERO:
        return _ZERO, _ZERO
    return beyond * _sign(error), _HALF * beyond * beyond


@_inlined
def _eps_insensitive_absolute(output: np.float32, label: np.float32, eps: np.float32) -> _Pair:
    error = output - label
    beyond = abs(error) - eps
    if beyond <= _ZERO:
        return _ZERO, _ZERO
    return _sign(error), beyond


@_inlined
def _quantile(output: np.float32, label: np.float32, quantile: np.float32) -> _Pair:
    error = output - label
    if error < _ZERO:
        return -quantile, -quantile * error
    above = _ONE - quantile
    return (above if error > _ZERO else _ZERO), above * error


@_inlined
def _huber(output: np.float32, label: np.float32, delta: np.float32) -> _Pair:
    error = output - label
    if abs(error) <= delta:
        return error, _HALF * error * error
    return delta * _sign(error), delta * (abs(error) - _HALF * delta)


@_inlined
def _sign(x: np.float32) -> np.float32:
    return (_ONE if x > _ZERO else _ZERO) - (_ONE if x < _ZERO else _ZERO)


def _for_classifiers(loss_of: _Pointwise) -> Kernel:
    def kernel(
        outputs: Floats,
        labels: Floats,
        class_weight: Floats,
        losses: Doubles,
        parameter: np.float32,
    ) -> None:
        records, models = outputs.shape
        weights = class_weight.T.copy()
        for i in range(records):
            positive = labels[i] > _ZERO
            sign = _ONE if positive else -_ONE
            weight = weights[1 if positive else 0]
            for m in range(models):
                derivative, loss = loss_of(outputs[i, m], sign, parameter)
                outputs[i, m] = weight[m] * derivative
                losses[m] += weight[m] * loss

    return kernel


def _for_regressors(loss_of: _Pointwise) -> Kernel:
    def kernel(
        outputs: Floats, labels: Floats, _: Floats, losses: Doubles, parameter: np.float32
    ) -> None:
        records, models = outputs.shape
        for i in range(records):
            for m in range(models):
                derivative, loss = loss_of(outputs[i, m], labels[i], parameter)
                outputs[i, m] = derivative
                losses[m] += loss

    return kernel


@_inlined
def _subtract_greatest(row: Floats, first: int, end: int) -> None:
    greatest = row[first]
    for c in range(first + 1, end):
        greatest = max(greatest, row[c])
    for c in range(first, end):
        row[c] -= greatest


def softmax(
    outputs: Floats, labels: Floats, class_weight: Floats, losses: Doubles, _: np.float32
) -> None:
    """Do `Loss.gradient`: a model has as many neighbouring outputs as there are classes."""
    models, classes = class_weight.shape
    for i in range(len(outputs)):
        row = outputs[i]
        label = int(labels[i])
        for m in range(models):
            first, end = m * classes, (m + 1) * classes
            _subtract_greatest(row, first, end)
            losses[m] -= class_weight[m, label] * row[first + label]
        # Over all models at once: a model's few classes would not fill a vector.
        for c in range(len(row)):
            row[c] = exp_of_negative(row[c])
        for m in range(models):
            first, end = m * classes, (m + 1) * classes
            total = row[first]
            for c in range(first + 1, end):
                total += row[c]
            weight = class_weight[m, label]
            share = weight / total
            for c in range(first, end):
                row[c] *= share
            row[first + label] -= weight
            losses[m] += weight * np.log(total)


KERNELS: Final[Mapping[str, Kernel]] = {
    "logistic": _for_classifiers(_logistic),
    "hinge_loss": _for_classifiers(_hinge),
    "softmax_loss": softmax,
    "squared_loss": _for_regressors(_squared),
    "absolute_loss": _for_regressors(_absolute),
    "eps_insensitive_squared_loss": _for_regressors(_eps_insensitive_squared),
    "eps_insensitive_absolute_loss": _for_regressors(_eps_insensitive_absolute),
    "quantile_loss": _for_regressors(_quantile),
    "huber_loss": _for_regressors(_huber),
}
"""What does `Loss.gradient`, by the loss's name; to be compiled for `SIGNATURE`."""
