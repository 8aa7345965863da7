"""Which of the models is the best."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.hyperparameter_table import CALIBRATED, Hyperparameters
from linear_learner.arrays import Doubles, Floats, Indices
from linear_learner.data.source import Source
from linear_learner.links import LINKS
from linear_learner.model import uncalibrated_threshold
from linear_learner.selection.calibration import calibrate, smoothed_threshold
from linear_learner.selection.class_weights import total_weight
from linear_learner.selection.pieces import pieces
from linear_learner.selection.score_sample import MOST_RECORDS, ScoreSample
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.losses import Loss
from linear_learner.training.threads import for_each

MOST_SCORES: Final = 1 << 25
"""How many scores of all models are kept for the thresholds: 128 MB, and while they come, 290."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What the selection criterion says of every model.

    Attributes
    ----------
    objectives
        Mean losses, shape (models,); infinite for a model that has diverged.
    losses
        The criterion as a loss (a score is a negative loss), shape (models,).
    thresholds
        Calibrated for the criterion, shape (models,).
    loss
        What early stopping looks at: the best model's criterion, as a loss; of
        averaged multiclass classifiers, the least mean loss.
    """

    objectives: Doubles
    losses: Doubles
    thresholds: Doubles
    loss: float

    @property
    def ranking(self) -> Indices:
        """The models, the best first; of equal ones, the one with the least mean loss."""
        return np.lexsort((self.objectives, self.losses))

    @property
    def best(self) -> int:
        """The best model."""
        return int(self.ranking[0])


class Selector:
    """Judges models on the records of one channel.

    A multiclass classifier and a regressor are judged by their mean loss, as
    the built-in algorithm does it. A binary classifier is judged by the
    selection criterion, at the threshold that is best for it.

    Parameters
    ----------
    source
        Records; of both classes for a binary classifier.
    given
        The job's hyperparameters: the criterion, and how many records at most
        thresholds are calibrated on. (No more than `MOST_RECORDS`, and than
        `MOST_SCORES` has room for.)
    loss
        Of outputs and labels as they are, not normalised.
    seed
        Draws the records to calibrate on, where there are more.
    averaged
        Whether the models are means of iterates. That goes beyond the built-in
        algorithm, and so do two other things then: the threshold for the
        accuracy is the smoothed one, and of multiclass classifiers the most
        accurate is the best. Records that had no part in the choice confirm
        that for averages, and deny it for last iterates.
    """

    def __init__(
        self,
        source: Source,
        given: Hyperparameters,
        *,
        loss: Loss,
        seed: int,
        averaged: bool = False,
    ) -> None:
        self._source = source
        self._given = given
        self._loss = loss
        self._seed = seed
        criterion = given.binary_classifier_model_selection_criteria
        self._smoothed = averaged and criterion == "accuracy"
        self._by_accuracy = averaged and given.predictor_type == "multiclass_classifier"
        self._calibrates = given.predictor_type == "binary_classifier" and criterion in CALIBRATED
        self.criterion = f"sampled_{criterion}" if self._calibrates else loss.objective
        """What the log calls the criterion."""

    def judge(self, models: LinearModels, class_weight: Floats) -> Judgement:
        """Judge the models, whose weights of the classes have the shape (models, classes)."""
        total, weight, right = np.zeros((3, len(models)))
        records = 0
        most = min(self._given.num_calibration_samples, MOST_RECORDS, MOST_SCORES // len(models))
        sample = ScoreSample(most, self._seed)
        link = LINKS[self._loss.name]
        for piece in pieces(self._source, len(models.bias)):
            outputs = models.outputs(piece.features)
            total += self._loss.total(outputs, piece.labels, class_weight)
            weight += total_weight(piece.labels, class_weight)
            records += len(piece)
            if self._by_accuracy:
                right += _right(outputs, piece.labels, class_weight)
            if self._calibrates:
                sample.add(link(outputs), piece.labels)
        # A model that has diverged loses against every other.
        finite = np.isfinite(total) & models.finite
        objectives = np.where(finite, total / records, np.inf)
        if self._calibrates:
            losses, thresholds = self._calibrated(sample, finite)
            return Judgement(objectives, losses, thresholds, float(losses.min()))
        # Models may weigh the classes differently: then their mean losses tell nothing.
        losses = np.where(finite, total / weight, np.inf)
        least = float(losses.min())
        if self._by_accuracy:
            losses = np.where(finite, -right / weight, np.inf)
        thresholds = np.full(len(models), uncalibrated_threshold(self._loss.name))
        return Judgement(objectives, losses, thresholds, least)

    def _calibrated(
        self, sample: ScoreSample, finite: NDArray[np.bool_]
    ) -> tuple[Doubles, Doubles]:
        """Return the criterion as a loss, and the threshold, of each model that is finite."""
        labels = sample.labels()
        losses, thresholds = np.full(len(finite), np.inf), np.zeros(len(finite))

        def calibrate_one(model: int) -> None:
            scores = sample.scores(model)
            calibration = calibrate(scores, labels, self._given)
            losses[model], thresholds[model] = -calibration.value, calibration.threshold
            smoothed = smoothed_threshold(scores, labels) if self._smoothed else None
            if smoothed is not None:
                thresholds[model] = smoothed

        # Most of it is sorting and searching, for which numpy lets go of the interpreter.
        for_each(np.flatnonzero(finite).tolist(), calibrate_one)
        return losses, thresholds


def _right(outputs: Floats, labels: Floats, class_weight: Floats) -> Doubles:
    """Return what the records count whose class has the greatest output, shape (models,)."""
    index = labels.astype(np.int64)
    answers = outputs.reshape(len(labels), *class_weight.shape).argmax(axis=2)
    counts = class_weight[:, index].T.astype(np.float64)
    return np.where(answers == index[:, np.newaxis], counts, 0).sum(axis=0)
