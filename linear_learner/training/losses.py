"""Losses: how wrong a linear model's output is, and in which direction."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats
from linear_learner.compiled import compiled
from linear_learner.training.loss_kernels import KERNELS, SIGNATURE, Kernel


@dataclass(frozen=True, slots=True)
class _Described:
    """What a loss's mean is called in the log, and its parameter among the hyperparameters.

    The log's number is ``factor`` times the mean: for `squared_loss`, the mean squared error.
    """

    objective: str
    parameter: str | None = None
    factor: float = 1.0
    in_units_of_label: bool = False


# The objectives of logistic, softmax_loss and squared_loss are in published logs of the
# built-in algorithm; the others' are called after the loss.
_DESCRIBED: Final[Mapping[str, _Described]] = {
    "logistic": _Described("binary_classification_cross_entropy_objective"),
    "hinge_loss": _Described("binary_classification_hinge_loss_objective", "margin"),
    "softmax_loss": _Described("multiclass_cross_entropy_objective"),
    "squared_loss": _Described("mse_objective", factor=2),
    "absolute_loss": _Described("absolute_loss_objective"),
    "eps_insensitive_squared_loss": _Described(
        "eps_insensitive_squared_loss_objective", "loss_insensitivity", in_units_of_label=True
    ),
    "eps_insensitive_absolute_loss": _Described(
        "eps_insensitive_absolute_loss_objective", "loss_insensitivity", in_units_of_label=True
    ),
    "quantile_loss": _Described("quantile_loss_objective", "quantile"),
    "huber_loss": _Described("huber_loss_objective", "huber_delta", in_units_of_label=True),
}


class Loss:
    """A loss of the outputs ``z = x @ w + b`` of several models at once.

    With the label y, and s = 1 for a positive record and -1 for a negative:

    ============================= ====================================================
    logistic                      log(1 + exp(-s z))
    hinge_loss                    max(0, margin - s z)
    softmax_loss                  log(sum of exp(z)) - z[y]
    squared_loss                  (z - y)**2 / 2; the log tells twice that, the mean
                                  squared error
    absolute_loss                 abs(z - y)
    eps_insensitive_squared_loss  max(0, abs(z - y) - eps)**2 / 2
    eps_insensitive_absolute_loss max(0, abs(z - y) - eps)
    quantile_loss                 q (y - z) below the label, (1 - q) (z - y) above it:
                                  a label is below the prediction with probability q
    huber_loss                    (z - y)**2 / 2 up to delta, from there on
                                  delta (abs(z - y) - delta / 2)
    ============================= ====================================================

    The halves make the derivative ``z - y``, that of MXNet's
    LinearRegressionOutput, which artifacts of the built-in algorithm hold.

    hinge_loss and eps_insensitive_squared_loss are the textbook's. Amazon's
    example notebook on loss functions writes the one with labels 0 and 1, so
    that its scores lie about .5, and the other as ``max(0, (z - y)**2 -
    eps**2)``, whose derivative jumps at eps; whether the built-in computes
    them so is not known.

    A record counts by the weight of its class: for a binary classifier
    ``class_weight[model]`` is [weight of a negative, of a positive], for a
    multiclass classifier there is one a class; a regressor has none.

    Parameters
    ----------
    name
        What hyperparameters and artifact call it.
    parameter
        Its margin, quantile, delta or insensitivity (eps); nothing to the others.
    """

    def __init__(self, name: str, parameter: float = 0.0) -> None:
        described = _DESCRIBED[name]
        self.name = name
        self.objective = described.objective
        """What the log calls its mean."""
        self.objective_factor = described.factor
        """What the log multiplies its mean by."""
        self._parameter = np.float32(parameter)
        self._kernel = _compiled(name)

    def __reduce__(self) -> tuple[type["Loss"], tuple[str, float]]:
        """Pickle what it was made from, and no compiled code."""
        return Loss, (self.name, float(self._parameter))

    def gradient(
        self, outputs: Floats, labels: Floats, class_weight: Floats, losses: Doubles
    ) -> None:
        """Replace outputs by the loss's derivative with respect to them; without the GIL.

        Parameters
        ----------
        outputs
            Shape (records, models * outputs of a model), model by model;
            contiguous, overwritten.
        labels
            Shape (records,): 0 or 1, the number of the class, or a real number.
        class_weight
            Shape (models, 2), (models, classes), or (models, 1) for a regressor.
        losses
            Shape (models,): each model's weighted losses are added to it.

        Raises
        ------
        ValueError
            If a label is no class.
        """
        if self.name == "softmax_loss":
            _check_classes(labels, class_weight.shape[1])
        self._kernel(outputs, labels, class_weight, losses, self._parameter)

    def total(self, outputs: Floats, labels: Floats, class_weight: Floats) -> Doubles:
        """Return the weighted loss of every model, summed over the records."""
        losses = np.zeros(len(class_weight))
        self.gradient(np.array(outputs, order="C"), labels, class_weight, losses)
        return losses

    def on_labels_times(self, factor: float) -> "Loss":
        """Return the same loss for labels and outputs that are all so many times as large.

        It is ``factor`` or, where it is a square, ``factor**2`` times as
        large: a parameter in units of the label grows with the labels.
        """
        described = _DESCRIBED[self.name]
        grows = factor if described.in_units_of_label else 1.0
        return Loss(self.name, float(self._parameter) * grows)


def parameter_of(loss: str) -> str | None:
    """Return the hyperparameter that a loss has a parameter by, if any."""
    return _DESCRIBED[loss].parameter


def make_loss(given: Hyperparameters) -> Loss:
    """Return the loss that the hyperparameters ask for."""
    parameter = parameter_of(given.loss)
    return Loss(given.loss, 0.0 if parameter is None else getattr(given, parameter))


def compile_losses() -> None:
    """Compile every loss, or find it compiled in numba's cache."""
    for name in KERNELS:
        _compiled(name)


def _check_classes(labels: Floats, classes: int) -> None:
    """Keep the compiled code from reading beyond the weights."""
    wrong = labels[~((labels >= 0) & (labels < classes))]
    if len(wrong):
        raise ValueError(f"label {wrong[0]:g}: expected 0 to {classes - 1}")


@cache
def _compiled(name: str) -> Kernel:
    # numba's Python error model would branch at every division.
    return compiled(SIGNATURE, error_model="numpy")(KERNELS[name])
