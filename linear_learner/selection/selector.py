"""Which of the models is the best."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters, SelectionCriteria
from linear_learner.arrays import Doubles, Floats, Indices
from linear_learner.data.dataset import Dataset
from linear_learner.links import LINKS
from linear_learner.model import UNCALIBRATED_THRESHOLD
from linear_learner.selection.calibration import calibrate
from linear_learner.training.old_losses import Loss
from linear_learner.training.parallel import LinearModels

LOSS_CRITERIA: Final[tuple[SelectionCriteria, ...]] = ("loss_function", "cross_entropy_loss")

_CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the selection criterion says of every model.

    Attributes
    ----------
    objectives
        Mean losses, shape (models,).
    losses
        The criterion as a loss (a score is a negative loss), shape (models,).
    thresholds
        Calibrated for the criterion, shape (models,).
    """

    objectives: Doubles
    losses: Doubles
    thresholds: Doubles

    @property
    def best(self) -> int:
        """The best model; of equal ones, the one with the least mean loss."""
        return int(np.lexsort((self.objectives, self.losses))[0])

    @property
    def loss(self) -> float:
        """The best model's criterion, as a loss."""
        return float(self.losses[self.best])


class Selector:
    """Judges models on the records of one channel.

    Parameters
    ----------
    data
        Records of both classes.
    hyperparameters
        With the selection criterion and the most records to calibrate on.
    loss, positive_weight
        What the models minimise; the weight's shape is (models,).
    random
        Draws the records to calibrate on, where there are more.
    """

    def __init__(
        self,
        data: Dataset,
        hyperparameters: Hyperparameters,
        *,
        loss: Loss,
        positive_weight: Floats,
        random: np.random.Generator,
    ) -> None:
        self._data = data
        self._given = hyperparameters
        self._loss = loss
        self._positive_weight = positive_weight
        self._sample = _sample(data, hyperparameters.num_calibration_samples, random)
        self._criterion = hyperparameters.binary_classifier_model_selection_criteria

    @property
    def criterion(self) -> str:
        """What the log calls the criterion."""
        return f"sampled_{self._criterion}"

    def judge(self, models: LinearModels) -> Judgement:
        """Judge the models."""
        scores = np.empty((len(models), self._data.records), np.float32)
        total = np.zeros(len(models))
        for start in range(0, self._data.records, _CHUNK):
            chunk = slice(start, start + _CHUNK)
            outputs = models.outputs(self._data.features[chunk])
            total += self._loss.total(outputs, self._data.labels[chunk], self._positive_weight)
            scores[:, chunk] = LINKS[self._loss.name](outputs).T
        # A model that has diverged loses against every other.
        objectives = np.nan_to_num(total / self._data.records, nan=np.inf, posinf=np.inf)
        if self._criterion in LOSS_CRITERIA:
            return Judgement(objectives, objectives, np.full(len(models), UNCALIBRATED_THRESHOLD))
        labels = self._data.labels[self._sample]
        calibrations = [calibrate(row[self._sample], labels, self._given) for row in scores]
        values = np.array([calibration.value for calibration in calibrations])
        return Judgement(
            objectives,
            losses=np.where(np.isfinite(objectives), -values, np.inf),
            thresholds=np.array([calibration.threshold for calibration in calibrations]),
        )


def _sample(data: Dataset, most: int, random: np.random.Generator) -> Indices | slice:
    """Draw records of both classes: of each, its share, and one at least."""
    if data.records <= most:
        return slice(None)
    share = most / data.records
    drawn = [
        random.choice(members, max(1, round(share * len(members))), replace=False)
        for members in (np.flatnonzero(data.labels == label) for label in (0, 1))
    ]
    return np.sort(np.concatenate(drawn))
