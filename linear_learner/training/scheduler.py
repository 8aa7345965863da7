"""The learning rate's fall, step by step."""

from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats
from linear_learner.training.settings import ModelSettings

STEP_OF_SHORT_EPOCHS: Final = 10
"""An epoch of fewer steps is short."""

SHORTER: Final = 10
"""What the automatic steps between two falls are divided by, where epochs are short."""


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
        self._falls = hyperparameters.use_lr_scheduler
        self._factor = settings.scheduler_factor
        automatic = hyperparameters.lr_scheduler_step is None
        short = automatic and steps_per_epoch < STEP_OF_SHORT_EPOCHS
        self.step = settings.scheduler_step // (SHORTER if short else 1)
        """Steps between two falls of every model."""

    def rate(self, done: int) -> Floats:
        """Return the learning rate of every model after so many steps."""
        if not self._falls:
            return self._first
        factor = (self._factor ** (done // self.step)).astype(np.float32)
        return np.maximum(self._first * factor, self._minimum)

    def changes(self, done: int) -> bool:
        """Whether the rate of some model is another after so many steps than before the last."""
        return not (done % self.step).all()
