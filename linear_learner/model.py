"""A trained linear model: what the artifact holds and what `serve` answers with."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linear_learner.arrays import Floats
from linear_learner.data.records import Features, SparseRows
from linear_learner.links import LINKS, reaches, softmax

_CHUNK_PRODUCTS: Final = 1 << 20
"""How many products of sparse values and weights are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearModel:
    """A linear model on raw features.

    Attributes
    ----------
    weights
        Shape (features, k): k is 1, or the number of classes of a
        multiclass_classifier.
    bias
        Shape (k,).
    predictor_type, loss_type
        As the hyperparameters of the same names have them.
    threshold
        The least score of a binary_classifier that is a yes.
    f_beta, accuracy_top_k, positive_example_weight_mult, class_weights, margin, quantile
        What it was trained with; kept in the artifact, of no effect here.
        None where predictor and loss have no use for it. The weights of the
        classes have the shape (k,).
    huber_delta, loss_insensitivity, eps_insensitive_loss_type
        The same.
    """

    weights: Floats
    bias: Floats
    predictor_type: str
    loss_type: str
    threshold: float
    f_beta: float | None = None
    accuracy_top_k: int | None = None
    positive_example_weight_mult: float | None = None
    class_weights: tuple[float, ...] | None = None
    margin: float | None = None
    quantile: float | None = None
    huber_delta: float | None = None
    loss_insensitivity: float | None = None
    eps_insensitive_loss_type: str | None = None

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        return self.weights.shape[0]

    def outputs(self, features: Features) -> Floats:
        """Return ``features @ weights + bias``, shape (records, k).

        Parameters
        ----------
        features
            Raw features, shape (records, features).
        """
        if isinstance(features, SparseRows):
            return _sparse_product(features, self.weights) + self.bias
        return features @ self.weights + self.bias

    def scores(self, features: Features) -> Floats:
        """Return what is answered for raw features.

        Returns
        -------
        Floats
            Shape (records,): the probability of the positive class
            (``logistic``), the output (``hinge_loss``), or the prediction of a
            regressor. Of a multiclass_classifier (records, classes): the
            probability of each.
        """
        outputs = self.outputs(features)
        match self.predictor_type:
            case "binary_classifier":
                return LINKS[self.loss_type](outputs[:, 0])
            case "multiclass_classifier":
                return softmax(outputs)
            case _:
                return outputs[:, 0]

    def labels(self, scores: Floats) -> NDArray[np.int64] | None:
        """Return the class that scores stand for, shape (records,); None for a regressor."""
        match self.predictor_type:
            case "binary_classifier":
                return reaches(scores, self.threshold).astype(np.int64)
            case "multiclass_classifier":
                return scores.argmax(axis=1)
            case _:
                return None


def uncalibrated_threshold(loss: str) -> float:
    """Return the score that is a yes, where no threshold is calibrated; a regressor has .5 too."""
    # What hinge_loss answers is no probability: its two sides meet at 0.
    return 0.0 if loss == "hinge_loss" else 0.5


def _sparse_product(rows: SparseRows, weights: Floats) -> Floats:
    """Multiply without filling the rows, some values at a time."""
    product = np.zeros((len(rows), weights.shape[1]))
    owners = np.repeat(np.arange(len(rows)), np.diff(rows.indptr))
    size = max(1, _CHUNK_PRODUCTS // weights.shape[1])
    for start in range(0, len(owners), size):
        piece = slice(start, start + size)
        products = rows.data[piece, np.newaxis] * weights[rows.indices[piece]]
        begins = np.flatnonzero(np.diff(owners[piece], prepend=-1))
        sums = np.add.reduceat(products, begins, axis=0, dtype=np.float64)
        product[owners[piece][begins]] += sums
    return product.astype(np.float32)
