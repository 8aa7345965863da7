"""Normalisation: learned from the first records, folded into the weights at the end."""

from dataclasses import dataclass

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats

_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Scaler:
    """Subtracts a mean from every feature and multiplies it by a factor.

    Attributes
    ----------
    mean
        Shape (features,); None where features are not shifted.
    factor
        Shape (features,); None where they are not scaled either.
    """

    mean: Floats | None
    factor: Floats | None

    def apply(self, batch: Floats) -> None:
        """Normalise records in place."""
        if self.mean is not None:
            np.subtract(batch, self.mean, out=batch)
        if self.factor is not None:
            np.multiply(batch, self.factor, out=batch)

    def fold(self, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """Return new weights and biases that do on raw features what these do on normalised ones.

        Parameters
        ----------
        weights
            Shape (models, features).
        bias
            Shape (models,).
        """
        raw = weights.copy() if self.factor is None else weights * self.factor
        if self.mean is None:
            return raw, bias.copy()
        shift = raw.astype(np.float64) @ self.mean.astype(np.float64)
        return raw, (bias - shift).astype(np.float32)


def fit_scaler(features: Floats, hyperparameters: Hyperparameters) -> Scaler:
    """Learn the normalisation that the hyperparameters ask for.

    As the built-in algorithm does, it reads whole mini-batches until
    ``num_point_for_scaler`` records are passed.
    """
    given = hyperparameters
    unbias = given.use_bias if given.unbias_data is None else given.unbias_data
    batches = given.num_point_for_scaler // given.mini_batch_size + 1
    sample = features[: batches * given.mini_batch_size]
    mean = sample.mean(axis=0, dtype=np.float64)
    factor = _factor(sample, mean, centred=unbias) if given.normalize_data else None
    return Scaler(mean.astype(np.float32) if unbias else None, factor)


def _factor(sample: Floats, mean: np.ndarray, *, centred: bool) -> Floats:
    squares = np.zeros_like(mean)
    for start in range(0, len(sample), _CHUNK):
        squares += np.square(sample[start : start + _CHUNK] - mean).sum(axis=0)
    deviation = np.sqrt(squares / len(sample))
    constant = sample.min(axis=0) == sample.max(axis=0)
    # What varies by less has a factor beyond float32.
    constant |= deviation < np.finfo(np.float32).tiny
    deviation[constant] = 1
    factor = (1 / deviation).astype(np.float32)
    # A constant feature says nothing once it is centred; otherwise it is a bias.
    factor[constant] = 0 if centred else 1
    return factor
