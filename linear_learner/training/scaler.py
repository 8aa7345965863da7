"""Normalisation: learned from the first records, folded into the weights at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats
from linear_learner.data.records import Features, SparseRows
from linear_learner.data.source import Source
from linear_learner.training.kernels.moments import add_squares, add_values
from linear_learner.training.training_log import LOGGER

_CHUNK_VALUES: Final = 1 << 20
"""How many values are held in float64 at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """Subtracts a mean from every feature and multiplies it by a factor; labels likewise.

    Attributes
    ----------
    mean
        Shape (features,); None where features are not shifted.
    factor
        Shape (features,); None where they are not scaled.
    label_mean, label_factor
        A label's; 0 and 1 for a classifier.
    """

    mean: Floats | None
    factor: Floats | None
    label_mean: float = 0.0
    label_factor: float = 1.0

    def apply(self, batch: Floats) -> None:
        """Normalise the features of dense records in place."""
        if self.mean is not None:
            np.subtract(batch, self.mean, out=batch)
        if self.factor is not None:
            np.multiply(batch, self.factor, out=batch)

    def normalised_labels(self, labels: Floats) -> Floats:
        """Return the labels as they are trained on."""
        if self.label_mean == 0 and self.label_factor == 1:
            return labels
        return (labels - np.float32(self.label_mean)) * np.float32(self.label_factor)

    def fold(self, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """Return new weights and biases that do on raw records what these do on normalised ones.

        Parameters
        ----------
        weights
            Shape (features, columns).
        bias
            Shape (columns,).
        """
        unit = 1 / self.label_factor
        raw = weights * np.float32(unit)
        if self.factor is not None:
            raw *= self.factor[:, np.newaxis]
        raw_bias = bias * unit + self.label_mean
        if self.mean is not None:
            raw_bias -= _product(self.mean, raw)
        return raw, raw_bias.astype(np.float32)

    def unfold(self, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """Return new weights and biases that `fold` makes these of, on raw records.

        A feature that is always the same gets no weight: what it adds is in the bias.

        Parameters
        ----------
        weights
            Shape (features, columns).
        bias
            Shape (columns,).
        """
        scaled_bias = bias - np.float64(self.label_mean)
        if self.mean is not None:
            scaled_bias += _product(self.mean, weights)
        scaled = weights * np.float32(self.label_factor)
        if self.factor is not None:
            factor = self.factor[:, np.newaxis]
            scaled = np.divide(scaled, factor, where=factor != 0, out=np.zeros_like(scaled))
        return scaled, (scaled_bias * self.label_factor).astype(np.float32)


FLOOR: Final = 0.05
"""The least standard deviation, as a share of the range from the smallest value to the largest."""


def fit_scaler(source: Source, given: Hyperparameters, *, floored: bool = False) -> Scaler:
    """Learn the normalisation that the hyperparameters ask for.

    As the built-in algorithm does, it reads whole mini-batches until
    ``num_point_for_scaler`` records are passed, and divides by the standard
    deviation of these (published logs show that of the population, with n).
    Features that came sparse are never shifted, since that would fill them;
    their deviation is that of all values, zeros included.

    Parameters
    ----------
    source
        The training records.
    given
        The job's hyperparameters.
    floored
        Whether a deviation that is small beside the feature's range is taken
        for `FLOOR` of the range. A feature that nearly always has the same
        value, as the pixels near an image's edge, has such a deviation, and
        divided by it the few other values become so large that they decide
        alone. The built-in algorithm does not do it with dense records, as
        its logs show. Of sparse records nothing is known, and it is always
        done: of a feature that occurs a few times in the sample, the
        deviation tells next to nothing.
    """
    batches = given.num_point_for_scaler // given.mini_batch_size + 1
    sample = source.head(batches * given.mini_batch_size)
    unbias = given.use_bias if given.unbias_data is None else given.unbias_data
    moments = _moments(sample.features)
    shifted = unbias and not source.sparse
    if given.unbias_data and source.sparse:
        LOGGER.info("unbias_data: features of sparse records are not shifted")
    labels = sample.labels.astype(np.float64)
    return Scaler(
        mean=moments.mean.astype(np.float32) if shifted else None,
        factor=(
            _factor(moments, centred=shifted, floored=floored or source.sparse)
            if given.normalize_data
            else None
        ),
        label_mean=float(labels.mean()) if given.unbias_label else 0.0,
        label_factor=_label_factor(labels) if given.normalize_label else 1.0,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Mean and standard deviation of each feature, and its range, from least to greatest."""

    mean: Doubles
    deviation: Doubles
    span: Doubles


def _moments(features: Features) -> _Moments:
    if isinstance(features, SparseRows):
        return _sparse_moments(features)
    mean = features.mean(axis=0, dtype=np.float64)
    squares = np.zeros_like(mean)
    for rows in _chunks(*features.shape):
        squares += np.square(features[rows] - mean).sum(axis=0)
    span = features.max(axis=0).astype(np.float64) - features.min(axis=0)
    return _Moments(mean, np.sqrt(squares / len(features)), span)


def _sparse_moments(rows: SparseRows) -> _Moments:
    records, width = rows.shape
    stored, total, squares = np.zeros(width, np.int64), np.zeros(width), np.zeros(width)
    least, greatest = np.full(width, np.inf, np.float32), np.full(width, -np.inf, np.float32)
    add_values(rows.data, rows.indices, stored, total, least, greatest)
    mean = total / records
    add_squares(rows.data, rows.indices, mean, squares)
    # Where values are not stored, they are 0.
    missing = records - stored
    squares += missing * np.square(mean)
    least[missing > 0] = np.minimum(least[missing > 0], 0)
    greatest[missing > 0] = np.maximum(greatest[missing > 0], 0)
    return _Moments(mean, np.sqrt(squares / records), greatest.astype(np.float64) - least)


def _factor(moments: _Moments, *, centred: bool, floored: bool) -> Floats:
    # What varies by less has a factor beyond float32.
    silent = (moments.span == 0) | (moments.deviation < np.finfo(np.float32).tiny)
    least = FLOOR * moments.span if floored else 0
    deviation = np.where(silent, 1, np.maximum(moments.deviation, least))
    factor = (1 / deviation).astype(np.float32)
    # A constant feature says nothing once it is centred; otherwise it is a bias.
    factor[silent] = 0 if centred else 1
    return factor


def _label_factor(labels: Doubles) -> float:
    deviation = float(labels.std())
    return 1 / deviation if deviation >= np.finfo(np.float32).tiny else 1.0


def _product(mean: Floats, weights: Floats) -> Doubles:
    """Return ``mean @ weights`` in float64, without a copy of the weights in it.

    Without BLAS, which would round by the number of its threads.
    """
    product = np.zeros(weights.shape[1])
    for rows in _chunks(*weights.shape):
        product += np.einsum("d,dc->c", mean[rows], weights[rows], dtype=np.float64)
    return product


def _chunks(rows: int, width: int) -> Iterator[slice]:
    step = max(1, _CHUNK_VALUES // width)
    for start in range(0, rows, step):
        yield slice(start, start + step)
