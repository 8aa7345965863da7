"""Products of batches with the weights of some models, by the way that records are held."""

from typing import Final, Protocol

import numpy as np

from linear_learner.arrays import Floats, Indices
from linear_learner.data.records import Features, SparseRows
from linear_learner.training.kernels.products import backward, forward, gather, spread
from linear_learner.training.optimizers import Gradient
from linear_learner.training.scaler import Scaler

_FAR: Final = 64
"""Beyond so many standard deviations from zero, a mean costs float32 too many digits, unless it is
subtracted from every value first."""


class Products(Protocol):
    """What a step needs of a batch: some rows of a block of features, scaled."""

    def forward(self, rows: Indices, weights: Floats, outputs: Floats) -> None:
        """Write the outputs of a batch, shape (records, columns)."""
        ...

    def backward(self, rows: Indices, derivatives: Floats, gradient: Gradient) -> None:
        """Write the gradient, summed over the batch whose outputs were written last."""
        ...


class Scaling:
    """A scaler's numbers, for the kernels; makes the products of blocks.

    Parameters
    ----------
    feature_dim
        Number of features of a record.
    scaler
        What is done to a record before it is trained on.
    """

    def __init__(self, feature_dim: int, scaler: Scaler) -> None:
        self.factor = np.ones(feature_dim, np.float32) if scaler.factor is None else scaler.factor
        self.mean = np.zeros(feature_dim, np.float32) if scaler.mean is None else scaler.mean
        self.shift = np.empty(0, np.float32) if scaler.mean is None else self.mean * self.factor
        self._near = bool(np.all(np.abs(self.shift) <= _FAR))
        self._room = np.empty((0, feature_dim + 1), np.float32)

    def products(self, features: Features, records: int) -> Products:
        """Return the products of a block whose batches have so many records, or fewer."""
        if isinstance(features, SparseRows) and self._near:
            return _CompressedProducts(features, self)
        if records > len(self._room):
            self._room = np.ones((records, self._room.shape[1]), np.float32)
        return _DenseProducts(features, self, self._room)


class _CompressedProducts:
    """Of compressed rows as they lie, without a look at what is 0.

    No mean is subtracted from a value: it is a correction of rank 1.
    """

    def __init__(self, features: SparseRows, scaling: Scaling) -> None:
        self._rows = features.data, features.indices, features.indptr
        self._factor, self._shift = scaling.factor, scaling.shift

    def forward(self, rows: Indices, weights: Floats, outputs: Floats) -> None:
        """See `Products.forward`."""
        of_zeros = weights[-1:]
        if len(self._shift):
            of_zeros = np.subtract(of_zeros, self._shift @ weights[:-1], dtype=np.float32)
        forward(*self._rows, rows, self._factor, weights, of_zeros, outputs)

    def backward(self, rows: Indices, derivatives: Floats, gradient: Gradient) -> None:
        """See `Products.backward`."""
        gradient.count = backward(
            *(*self._rows, rows, self._factor, self._shift, derivatives),
            *(gradient.rows, gradient.touched, gradient.place, gradient.always),
        )


class _DenseProducts:
    """Of a scaled copy of the batch, by BLAS. A column of ones stands for the bias.

    A model that diverges is told by its losses, and not by warnings.
    """

    def __init__(self, features: Features, scaling: Scaling, room: Floats) -> None:
        self._features = features
        self._scaling = scaling.mean, scaling.factor
        self._room = room

    def forward(self, rows: Indices, weights: Floats, outputs: Floats) -> None:
        """See `Products.forward`."""
        features, batch = self._features, self._room[: len(rows)]
        if isinstance(features, SparseRows):
            spread(features.data, features.indices, features.indptr, rows, *self._scaling, batch)
        else:
            gather(features, rows, *self._scaling, batch)
        with np.errstate(all="ignore"):
            np.matmul(batch, weights, out=outputs)

    def backward(self, rows: Indices, derivatives: Floats, gradient: Gradient) -> None:
        """See `Products.backward`."""
        with np.errstate(all="ignore"):
            np.matmul(self._room[: len(rows)].T, derivatives, out=gradient.rows)
