"""Weights of many models, as they answer on raw features."""

from dataclasses import dataclass

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.data.records import Features, SparseRows
from linear_learner.training.kernels.products import forward


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
        if not isinstance(features, SparseRows):
            return features @ self.weights + self.bias
        if features.shape[1] != len(self.weights):
            raise ValueError(f"{features.shape[1]} features: expected {len(self.weights)}")
        outputs = np.empty((len(features), len(self.bias)), np.float32)
        forward(
            *(features.data, features.indices, features.indptr, np.arange(len(features))),
            *(np.ones(len(self.weights), np.float32), self.weights, self.bias[np.newaxis], outputs),
        )
        return outputs
