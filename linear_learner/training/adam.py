"""Adam for several models at once, with weight decay and a proximal L1 step."""

import numpy as np

from linear_learner.arrays import Floats

EPSILON = 1e-8


class Adam:
    """Updates parameters of shape (models, n) in place.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015). The
    weight decay is part of the gradient, as in MXNet's Adam. The L1 penalty
    is a proximal step in Adam's own metric: the threshold of a parameter is
    its own step size times l1, otherwise it converges to another point.

    Parameters
    ----------
    shape
        Of the parameters.
    beta_1, beta_2
        Decay of the mean gradient and of the mean squared gradient.
    wd, l1
        Penalties, shape (models,).
    """

    def __init__(
        self, shape: tuple[int, int], beta_1: float, beta_2: float, wd: Floats, l1: Floats
    ) -> None:
        self._beta_1 = beta_1
        self._beta_2 = beta_2
        self._wd = wd[:, np.newaxis]
        self._l1 = l1[:, np.newaxis]
        self._steps = 0
        self._mean = np.zeros(shape, np.float32)
        self._square = np.zeros(shape, np.float32)
        self._rate = np.empty(shape, np.float32)
        self._scratch = np.empty(shape, np.float32)

    def step(self, parameters: Floats, gradient: Floats, learning_rate: Floats) -> None:
        """Take one step.

        Parameters
        ----------
        parameters
            Updated in place.
        gradient
            Of the loss; overwritten.
        learning_rate
            Shape (models,).
        """
        self._steps += 1
        scratch = self._scratch
        gradient += np.multiply(parameters, self._wd, out=scratch)
        _decay(self._mean, gradient, self._beta_1, scratch)
        np.multiply(gradient, gradient, out=gradient)
        _decay(self._square, gradient, self._beta_2, scratch)
        self._find_rates(learning_rate)
        np.multiply(self._rate, self._mean, out=scratch)
        scratch *= np.float32(1 / (1 - self._beta_1**self._steps))
        np.subtract(parameters, scratch, out=parameters)
        if np.any(self._l1):
            self._shrink(parameters)

    def _find_rates(self, learning_rate: Floats) -> None:
        """Find every parameter's step size: ``lr / (sqrt(unbiased square) + epsilon)``."""
        unbiased = np.sqrt(1 - self._beta_2**self._steps)
        np.sqrt(self._square, out=self._rate)
        self._rate += np.float32(EPSILON * unbiased)
        scaled = (learning_rate * unbiased).astype(np.float32)
        np.divide(scaled[:, np.newaxis], self._rate, out=self._rate)

    def _shrink(self, parameters: Floats) -> None:
        """Move every parameter towards zero by its threshold, and no further than zero."""
        threshold = np.multiply(self._rate, self._l1, out=self._rate)
        kept = np.minimum(parameters, threshold, out=self._scratch)
        np.maximum(kept, np.negative(threshold, out=threshold), out=kept)
        np.subtract(parameters, kept, out=parameters)


def _decay(average: Floats, value: Floats, beta: float, scratch: Floats) -> None:
    """Move a running average towards a value."""
    np.subtract(value, average, out=scratch)
    scratch *= np.float32(1 - beta)
    average += scratch
