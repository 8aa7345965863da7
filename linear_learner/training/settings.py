"""The settings of the models that are trained at once."""

import os
from dataclasses import dataclass
from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats, Indices
from linear_learner.errors import ClientError
from linear_learner.training.training_log import LOGGER

MODELS: Final = 32
MULTICLASS_MODELS: Final = 24

WEIGHT_DECAYS: Final = (1e-2, 1e-4)
MINIMUM_RATES: Final = (1e-5, 1e-4)
LEARNING_RATES: Final = (0.005, 0.1)
SCHEDULER_STEP: Final = 100
SCHEDULER_FACTOR: Final = 0.99
# Published logs of the built-in algorithm show four levels: none, two that
# cost more and more loss, and one that leaves next to nothing but the bias.
# Their values are not published; these are two decades apart.
L1_LEVELS: Final = (0.0, 1e-4, 1e-2, 1.0)

# Of a multiclass classifier, published logs show values that look drawn, and
# drawn alike in every job, those of the scheduler too; from where is not
# published. Decay and minimum come from the range of the grid. The others are
# what the validation loss of MNIST's ten classes asks for: last iterates of a
# high learning rate are noisy, so it begins lower and falls faster (but it
# also begins as high as the grid's, which data of few steps needs), and some
# L1 is better than none, but where it leaves only the bias it is no use.
MULTICLASS_SEED: Final = 0
MULTICLASS_L1: Final = (1e-5, 1e-3)
MULTICLASS_WITHOUT_L1: Final = 0.25
MULTICLASS_RATES: Final = (1e-3, 0.1)
MULTICLASS_SCHEDULER_STEPS: Final = (50, 200)
MULTICLASS_FALLS: Final = (0.01, 0.1)
"""What the learning rate loses by a fall."""

MEMORY: Final = 1 << 30
"""Most bytes that the models of an automatic `num_models` take, unless one takes more."""

BYTES_OF_A_PARAMETER: Final = 32
"""Float32: weight, gradient, the optimizer's two numbers, the average of the iterates, and the
weights on raw features of this and of the best epoch, and while they are made."""


@dataclass(frozen=True, slots=True, eq=False)
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
    scheduler_step, scheduler_factor
        After how many steps it falls, unless epochs are short, and to what share.
    positive_weight
        What an error on a positive record counts, when one on a negative counts 1.
    """

    index: Indices
    wd: Floats
    minimum_lr: Floats
    learning_rate: Floats
    l1: Floats
    positive_weight: Floats
    scheduler_step: Indices
    scheduler_factor: Doubles

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, models: slice | list[int]) -> "ModelSettings":
        """Return the settings of some of the models."""
        return ModelSettings(
            self.index[models],
            wd=self.wd[models],
            minimum_lr=self.minimum_lr[models],
            learning_rate=self.learning_rate[models],
            l1=self.l1[models],
            positive_weight=self.positive_weight[models],
            scheduler_step=self.scheduler_step[models],
            scheduler_factor=self.scheduler_factor[models],
        )


def grid(
    hyperparameters: Hyperparameters, positive_share: float = 0.5, *, parameters: int = 1
) -> ModelSettings:
    """Return the settings of the models to train.

    A hyperparameter that is given is every model's; what is ``auto`` is taken
    from a grid. The model's number counts through it, wd first: as published
    logs of the built-in algorithm show it. For a multiclass classifier, it is
    drawn instead, alike in every job.

    Parameters
    ----------
    hyperparameters
        The job's.
    positive_share
        Share of the positive among the training records, for ``balanced``
        weights of a binary classifier.
    parameters
        Weights of one model: where these are many, an automatic number of
        models is as small as `MEMORY` has it.

    Raises
    ------
    ClientError
        If so many models do not fit into the machine's memory.
    """
    given = hyperparameters
    index = np.arange(_number_of_models(given, parameters))
    if given.predictor_type == "multiclass_classifier":
        return _drawn(given, index)
    weights = _positive_weights(given, positive_share)
    # Two weights take the place of the two strongest L1 levels: it stays a grid of 32.
    l1_levels = L1_LEVELS if len(weights) == 1 else L1_LEVELS[:2]
    axes = (
        WEIGHT_DECAYS if given.wd is None else (given.wd,),
        MINIMUM_RATES
        if given.lr_scheduler_minimum_lr is None
        else (given.lr_scheduler_minimum_lr,),
        LEARNING_RATES if given.learning_rate is None else (given.learning_rate,),
        l1_levels if given.l1 is None else (given.l1,),
        weights,
    )
    columns: list[Floats] = []
    stride = 1
    for values in axes:
        columns.append(np.asarray(values, np.float32)[index // stride % len(values)])
        stride *= len(values)
    step = given.lr_scheduler_step or SCHEDULER_STEP
    factor = given.lr_scheduler_factor or SCHEDULER_FACTOR
    return ModelSettings(
        index,
        *columns,
        scheduler_step=np.full(len(index), step),
        scheduler_factor=np.full(len(index), factor),
    )


def _number_of_models(given: Hyperparameters, parameters: int) -> int:
    models = given.num_models or _automatic_number(given, parameters)
    needed, there = models * parameters * BYTES_OF_A_PARAMETER, _memory_of_machine()
    if needed > there:
        raise ClientError(
            f"num_models: {models:,} models of {parameters:,} parameters take {needed:,} bytes: "
            f"expected at most the {there:,} of this machine"
        )
    return models


def _memory_of_machine() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _automatic_number(given: Hyperparameters, parameters: int) -> int:
    usual = MULTICLASS_MODELS if given.predictor_type == "multiclass_classifier" else MODELS
    most = max(1, MEMORY // (parameters * BYTES_OF_A_PARAMETER))
    if most < usual:
        LOGGER.info(
            "num_models: auto is %d, not %d: a model has %d parameters, and %d bytes are for all",
            *(most, usual, parameters, MEMORY),
        )
    return min(most, usual)


def _drawn(given: Hyperparameters, index: Indices) -> ModelSettings:
    random = np.random.default_rng(MULTICLASS_SEED)
    # Row by row, so that a model is the same whatever their number.
    share = random.random((len(index), 7))
    l1 = np.where(share[:, 4] < MULTICLASS_WITHOUT_L1, 0, _between(MULTICLASS_L1, share[:, 3]))

    def chosen(value: float | None, drawn: Doubles) -> Doubles:
        return drawn if value is None else np.full(len(index), value, np.float64)

    def column(value: float | None, drawn: Doubles) -> Floats:
        return chosen(value, drawn).astype(np.float32)

    step = np.round(_between(MULTICLASS_SCHEDULER_STEPS, share[:, 5]))
    factor = 1 - _between(MULTICLASS_FALLS, share[:, 6])

    return ModelSettings(
        index=index,
        wd=column(given.wd, _between(WEIGHT_DECAYS, share[:, 0])),
        minimum_lr=column(given.lr_scheduler_minimum_lr, _between(MINIMUM_RATES, share[:, 1])),
        learning_rate=column(given.learning_rate, _between(MULTICLASS_RATES, share[:, 2])),
        l1=column(given.l1, l1),
        positive_weight=np.ones(len(index), np.float32),
        scheduler_step=chosen(given.lr_scheduler_step, step).astype(np.int64),
        scheduler_factor=chosen(given.lr_scheduler_factor, factor),
    )


def _between(ends: tuple[float, float], share: Doubles) -> Doubles:
    """Return the numbers that lie so far between two others, by their logarithms."""
    return np.exp(np.interp(share, (0, 1), np.log(sorted(ends))))


def _positive_weights(given: Hyperparameters, positive_share: float) -> tuple[float, ...]:
    balanced = (1 - positive_share) / positive_share
    if given.positive_example_weight_mult == "balanced":
        return (balanced,)
    if given.positive_example_weight_mult == "auto":
        return (1.0, balanced)
    return (given.positive_example_weight_mult,)
