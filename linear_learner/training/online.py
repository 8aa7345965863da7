"""Training on records as they arrive, each of them seen once."""

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Indices
from linear_learner.data.source import Source
from linear_learner.errors import ClientError
from linear_learner.model import LinearModel, uncalibrated_threshold
from linear_learner.selection.blending import blend
from linear_learner.selection.class_weights import total_weight
from linear_learner.training.candidates import DIVERGED, Candidates
from linear_learner.training.linear_models import LinearModels


class OnlineTraining:
    """Models that learn from one batch of records after the other.

    All of them learn from every batch. The best is the one of the least
    progressive loss: that of each record before the step that learns from it,
    which tells as much as records held back would (Blum, Kalai and Langford,
    "Beating the Hold-Out: Bounds for K-fold and Progressive
    Cross-Validation", 1999). So nothing is held back, and there is nothing
    to calibrate a threshold on.

    Parameters
    ----------
    first
        The first batch: it tells the normalisation and the weights of the classes.
    given
        The hyperparameters; what concerns epochs, early stopping and the
        choice of a threshold is not read.
    seed
        Of first weights and order.
    averaging
        Whether a model is the mean of all its iterates, and not the last one.
    start
        A model that they go on from; None: they begin anew.
    """

    def __init__(
        self,
        first: Source,
        given: Hyperparameters,
        *,
        seed: int,
        averaging: bool,
        start: LinearModel | None,
    ) -> None:
        self._candidates = Candidates(first, given, seed=seed, averaging=averaging, start=start)
        self._random = np.random.default_rng(seed)
        models = len(self._candidates.settings)
        self._losses, self._weight = np.zeros(models), np.zeros(models)

    def learn(self, batch: Source, blending: int) -> LinearModel:
        """Learn from records, and return the best model as it is then.

        Parameters
        ----------
        batch
            Records of the first batch's kind; the first batch itself is to be
            learned too.
        blending
            How many of the best models the mean is taken of.

        Raises
        ------
        ClientError
            If no model's weights have stayed finite.
        """
        candidates = self._candidates
        objectives = candidates.engine.train_epoch(batch, self._random)
        for block in batch.blocks():
            self._losses += objectives * len(block)
            self._weight += total_weight(block.labels, candidates.class_weight)
        models = candidates.engine.on_raw_features()
        ranking = self._ranking(models)
        if not len(ranking):
            raise ClientError(DIVERGED)
        best = int(ranking[0])
        threshold = uncalibrated_threshold(candidates.loss.name)
        if blending == 1:
            return candidates.choose(models, best, threshold)
        alike = candidates.given.predictor_type == "regressor"
        blended = blend(models, ranking[:blending], batch, alike=alike)
        return candidates.choose(blended, 0, threshold, weighed_as=best)

    def _ranking(self, models: LinearModels) -> Indices:
        """Return those that have not diverged, the best first."""
        losses = self._losses / self._weight
        sound = np.isfinite(losses) & models.finite
        return np.argsort(np.where(sound, losses, np.inf), kind="stable")[: sound.sum()]
