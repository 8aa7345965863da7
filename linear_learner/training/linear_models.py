"""Weights of many models, as they answer on raw features."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linear_learner.arrays import Floats
from linear_learner.data.records import Features, SparseRows
from linear_learner.training.kernels.products import forward
from linear_learner.training.threads import for_each

_ROWS: Final = 4096
"""Records of a product. BLAS cuts larger ones by its threads, and rounds by the cut."""


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

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Which models have finite numbers alone, and so have not diverged; shape (models,)."""
        columns = np.isfinite(self.weights).all(axis=0) & np.isfinite(self.bias)
        return np.asarray(columns.reshape(len(self), self.outputs_per_model).all(axis=1))

    def outputs(self, features: Features) -> Floats:
        """Return ``features @ weights + bias``, shape (records, models * outputs_per_model).

        The same bits, whatever the number of threads.
        """
        if not isinstance(features, SparseRows):
            return self._outputs_of_dense(features)
        if features.shape[1] != len(self.weights):
            raise ValueError(f"{features.shape[1]} features: expected {len(self.weights)}")
        outputs = np.empty((len(features), len(self.bias)), np.float32)
        forward(
            *(features.data, features.indices, features.indptr, np.arange(len(features))),
            *(np.ones(len(self.weights), np.float32), self.weights, self.bias[np.newaxis], outputs),
        )
        return outputs

    def _outputs_of_dense(self, features: Floats) -> Floats:
        outputs = np.empty((len(features), len(self.bias)), np.float32)

        def multiply(start: int) -> None:
            rows = slice(start, start + _ROWS)
            # A model that has diverged is told by its losses, and not by warnings.
            with np.errstate(all="ignore"):
                np.matmul(features[rows], self.weights, out=outputs[rows])
                outputs[rows] += self.bias

        for_each(range(0, len(features), _ROWS), multiply)
        return outputs
