"""The learning rate's fall, step by step."""

from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats
from linear_learner.training.settings import ModelSettings

STEP: Final = 100
STEP_OF_SHORT_EPOCHS: Final = 10


class Scheduler:
    """Multiplies the learning rate by a factor every so many steps, down to a minimum.

    Parameters
    ----------
    hyperparameters
        The job's.
    settings
        The models'.
    steps_per_epoch
        Steps of the optimizer in one pass over the data.
    """

    def __init__(
        self, hyperparameters: Hyperparameters, settings: ModelSettings, steps_per_epoch: int
    ) -> None:
        self._first = settings.learning_rate
        # A learning rate that is given below the minimum stays what it is.
        self._minimum = np.minimum(settings.minimum_lr, settings.learning_rate)
        self._factor = (
            hyperparameters.lr_scheduler_factor if hyperparameters.use_lr_scheduler else 1.0
        )
        self.step = _step(hyperparameters, steps_per_epoch)

    def rate(self, done: int) -> Floats:
        """Return the learning rate of every model after so many steps."""
        factor = np.float32(self._factor ** (done // self.step))
        return np.maximum(self._first * factor, self._minimum)


def _step(hyperparameters: Hyperparameters, steps_per_epoch: int) -> int:
    if hyperparameters.lr_scheduler_step is not None:
        return hyperparameters.lr_scheduler_step
    return STEP if steps_per_epoch >= STEP_OF_SHORT_EPOCHS else STEP_OF_SHORT_EPOCHS
