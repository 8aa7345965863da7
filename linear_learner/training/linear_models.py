"""Weights of many models, as they answer on raw features."""

from dataclasses import dataclass

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.data.records import Features, SparseRows


@dataclass(frozen=True, slots=True, eq=False)
class LinearModels:
    """Weights of several models on raw features.

    A model has one output, or one for each class; a model's outputs are
    adjacent columns.

    Attributes
    ----------
    weights
        Shape (features, models * outputs_per_model).
    bias
        Shape (models * outputs_per_model,).
    outputs_per_model
        1, or the number of classes.
    """

    weights: Floats
    bias: Floats
    outputs_per_model: int = 1

    def __len__(self) -> int:
        return len(self.bias) // self.outputs_per_model

    def outputs(self, features: Features) -> Floats:
        """Return ``features @ weights + bias``, shape (records, models * outputs_per_model)."""
        if isinstance(features, SparseRows):
            features = _dense(features)
        return features @ self.weights + self.bias


def _dense(rows: SparseRows) -> Floats:
    dense = np.zeros(rows.shape, np.float32)
    dense[np.repeat(np.arange(len(rows)), np.diff(rows.indptr)), rows.indices] = rows.data
    return dense
