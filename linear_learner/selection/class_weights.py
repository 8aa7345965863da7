"""What a record of each class counts."""

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats, Indices
from linear_learner.data.source import Source


def count_classes(source: Source, given: Hyperparameters) -> Indices | None:
    """Count the records of every class, shape (classes,), where weights depend on it.

    It takes a pass over the records. The built-in algorithm takes a sample's
    frequencies; those of all records are less noisy for a rare class.

    Returns
    -------
    Indices | None
        None where no weight depends on it.
    """
    if not (
        given.balance_multiclass_weights
        or given.positive_example_weight_mult in ("balanced", "auto")
    ):
        return None
    counts = np.zeros(given.classes, np.int64)
    for block in source.blocks():
        counts += np.bincount(block.labels.astype(np.int64), minlength=given.classes)
    return counts


def class_weights(
    given: Hyperparameters, positive_weight: Floats, counts: Indices | None
) -> Floats:
    """Return what a record of each class counts for each model, shape (models, classes).

    Parameters
    ----------
    given
        The job's.
    positive_weight
        What a positive record of a binary classifier counts, shape (models,).
    counts
        Of `count_classes`.
    """
    models = len(positive_weight)
    if given.predictor_type == "regressor":
        return np.ones((models, 1), np.float32)
    if given.predictor_type == "binary_classifier":
        return np.column_stack([np.ones_like(positive_weight), positive_weight])
    weights = np.ones(given.classes) if counts is None else balanced(counts)
    return np.tile(weights.astype(np.float32), (models, 1))


def total_weight(labels: Floats, class_weight: Floats) -> Doubles:
    """Return what records count all together for each model, shape (models,).

    Parameters
    ----------
    labels
        Shape (records,).
    class_weight
        Of `class_weights`.
    """
    classes = class_weight.shape[1]
    if classes == 1:
        return np.full(len(class_weight), float(len(labels)))
    counts = np.bincount(labels.astype(np.int64), minlength=classes)
    return class_weight.astype(np.float64) @ counts


def balanced(counts: Indices) -> Doubles:
    """Return the inverse frequency of each class, so that the mean over the records is 1."""
    return counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
