"""Blending: one linear model out of several."""

from typing import Final

import numpy as np

from linear_learner.arrays import Doubles, Indices
from linear_learner.data.source import Source
from linear_learner.selection.pieces import pieces
from linear_learner.training.linear_models import LinearModels

_CONSTANT: Final = 1e-6
"""A deviation that is so small beside the greatest is that of rounding."""


def blend(models: LinearModels, chosen: Indices, source: Source, *, alike: bool) -> LinearModels:
    """Return the mean of several models, as one.

    A penalty or a fall of the learning rate makes a model's outputs small, and
    its voice with them. So each is divided by the standard deviation of its
    outputs, and the mean multiplied by the mean of these deviations: the
    result answers in the units of the models. One whose outputs are all the
    same has no voice.

    Parameters
    ----------
    models, chosen
        Several models, and which of them.
    source
        The records that the outputs are those of.
    alike
        Whether all outputs estimate the same number, as a regressor's do, and
        are not to be divided.
    """
    k = models.outputs_per_model
    columns = (chosen[:, np.newaxis] * k + np.arange(k)).ravel()
    # Indexing with numbers leaves the columns apart, and compiled products take rows.
    several = LinearModels(
        np.ascontiguousarray(models.weights[:, columns]), models.bias[columns], k
    )
    share = np.full(len(chosen), 1 / len(chosen))
    if not alike:
        share = _alike(_deviation(several, source))
    weights = several.weights.reshape(-1, len(chosen), k)
    bias = several.bias.reshape(len(chosen), k)
    return LinearModels(
        np.einsum("dmk,m->dk", weights, share).astype(np.float32),
        (share @ bias).astype(np.float32),
        k,
    )


def _alike(deviation: Doubles) -> Doubles:
    """Return the factors that give outputs the same deviation, and of all together the mean's."""
    varying = deviation > _CONSTANT * deviation.max()
    if not varying.any():
        return np.full(len(deviation), 1 / len(deviation))
    factor = np.where(varying, deviation[varying].mean() / np.where(varying, deviation, 1), 0)
    return factor / np.count_nonzero(varying)


def _deviation(models: LinearModels, source: Source) -> Doubles:
    """Return the standard deviation of all outputs of each model."""
    count, mean, squares = 0, np.zeros(len(models)), np.zeros(len(models))
    for piece in pieces(source, len(models.bias)):
        outputs = models.outputs(piece.features).astype(np.float64)
        by_model = outputs.reshape(len(piece), len(models), -1)
        added = by_model.shape[0] * by_model.shape[2]
        difference = by_model.mean(axis=(0, 2)) - mean
        squares += by_model.var(axis=(0, 2)) * added
        # Chan, Golub and LeVeque's way to join two sums of squares.
        squares += np.square(difference) * (count * added / (count + added))
        mean += difference * (added / (count + added))
        count += added
    return np.sqrt(squares / count)
