"""A trained linear model: what the artifact holds and what `serve` answers with."""

from dataclasses import dataclass

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.selection.rates import predict
from linear_learner.training.losses import LogisticLoss, Loss


@dataclass(frozen=True, slots=True)
class LinearModel:
    """One linear model on raw features.

    Attributes
    ----------
    weights
        Shape (features,).
    bias
        One number.
    threshold
        The least score that is a yes.
    predictor_type, loss_type
        As the hyperparameters of the same names have them.
    f_beta, positive_example_weight_mult, accuracy_top_k
        What it was trained with; kept in the artifact, of no effect here.
    """

    weights: Floats
    bias: float
    threshold: float
    predictor_type: str
    loss_type: str
    f_beta: float
    positive_example_weight_mult: float
    accuracy_top_k: int

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        return len(self.weights)

    @property
    def loss(self) -> Loss:
        """The loss that it was trained with."""
        return LOSSES[self.loss_type]

    def outputs(self, features: Floats) -> Floats:
        """Return ``features @ weights + bias``, shape (records,)."""
        return features @ self.weights + np.float32(self.bias)

    def scores(self, features: Floats) -> Floats:
        """Return the probability of the positive class, shape (records,).

        Parameters
        ----------
        features
            Raw features, shape (records, features).
        """
        return self.loss.score(self.outputs(features))

    def labels(self, scores: Floats) -> np.ndarray:
        """Tell which scores are a yes, shape (records,)."""
        return predict(scores, self.threshold)


LOSSES: dict[str, Loss] = {LogisticLoss.name: LogisticLoss()}
"""The losses by what hyperparameters and artifact call them."""
