"""The settings of the models that are trained at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats, Indices

MODELS: Final = 32

WEIGHT_DECAYS: Final = (1e-2, 1e-4)
MINIMUM_RATES: Final = (1e-5, 1e-4)
LEARNING_RATES: Final = (0.005, 0.1)
# Published logs of the built-in algorithm show four levels: none, two that
# cost more and more loss, and one that leaves next to nothing but the bias.
# Their values are not published; these are two decades apart.
L1_LEVELS: Final = (0.0, 1e-4, 1e-2, 1.0)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Settings of several models, an entry a model.

    Attributes
    ----------
    index
        The model's number: with the seed, it decides its first weights.
    wd, l1
        Weight of the L2 and of the L1 penalty.
    learning_rate, minimum_lr
        The first step size, and the one that the scheduler stops at.
    positive_weight
        What an error on a positive record counts, when one on a negative counts 1.
    """

    index: Indices
    wd: Floats
    minimum_lr: Floats
    learning_rate: Floats
    l1: Floats
    positive_weight: Floats

    def __len__(self) -> int:
        return len(self.index)


def grid(hyperparameters: Hyperparameters, positive_share: float) -> ModelSettings:
    """Return the settings of the models to train.

    A hyperparameter that is given is every model's; what is ``auto`` is taken
    from a grid. The model's number counts through it, wd first: as published
    logs of the built-in algorithm show it.

    Parameters
    ----------
    hyperparameters
        The job's.
    positive_share
        Share of the positive among the training records, for ``balanced`` weights.
    """
    given = hyperparameters
    weights = _positive_weights(given, positive_share)
    # Two weights take the place of the two strongest L1 levels: it stays a grid of 32.
    l1_levels = L1_LEVELS if len(weights) == 1 else L1_LEVELS[:2]
    axes = (
        WEIGHT_DECAYS if given.wd is None else (given.wd,),
        _minimum_rates(given),
        LEARNING_RATES if given.learning_rate is None else (given.learning_rate,),
        l1_levels if given.l1 is None else (given.l1,),
        weights,
    )
    index = np.arange(MODELS if given.num_models is None else given.num_models)
    columns: list[Floats] = []
    stride = 1
    for values in axes:
        columns.append(np.asarray(values, np.float32)[index // stride % len(values)])
        stride *= len(values)
    return ModelSettings(index, *columns)


def _minimum_rates(given: Hyperparameters) -> tuple[float, ...]:
    if given.lr_scheduler_minimum_lr is not None:
        return (given.lr_scheduler_minimum_lr,)
    return MINIMUM_RATES


def _positive_weights(given: Hyperparameters, positive_share: float) -> tuple[float, ...]:
    balanced = (1 - positive_share) / positive_share
    if given.positive_example_weight_mult == "balanced":
        return (balanced,)
    if given.positive_example_weight_mult == "auto":
        return (1.0, balanced)
    return (given.positive_example_weight_mult,)
