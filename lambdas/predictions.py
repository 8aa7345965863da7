"""Predictions as they are kept: ``predictions.npz``, and the records to replay in it."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What an endpoint answered, record by record.

    Attributes
    ----------
    labels
        Predicted classes, shape ``(records,)``.
    scores
        The higher, the likelier class 1: with the logistic loss, its
        probability; shape ``(records,)``.
    """

    labels: NDArray[np.int64]
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """Records to send again, and what the candidate answered to them.

    Attributes
    ----------
    features
        Shape ``(records, features)``.
    expected
        The candidate's answers.
    """

    features: NDArray[np.float32]
    expected: Predictions


def save(
    actual: NDArray[np.int64],
    predicted: Predictions,
    replayed: NDArray[np.int64],
    features: NDArray[np.float32],
) -> bytes:
    """Return the content of a ``predictions.npz``.

    Parameters
    ----------
    actual
        Classes of all test records, in the order of the shards.
    predicted
        The candidate's answers to them.
    replayed
        Indices of the records to replay.
    features
        The features of those, shape ``(replayed, features)``.
    """
    content = io.BytesIO()
    np.savez_compressed(
        content,
        labels=actual,
        scores=predicted.scores,
        predicted_labels=predicted.labels,
        replay_records=replayed,
        replay_features=features,
    )
    return content.getvalue()


def load_replay(content: bytes) -> Replay:
    """Return the records to replay that a ``predictions.npz`` holds."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        replayed = arrays["replay_records"]
        expected = Predictions(
            labels=arrays["predicted_labels"][replayed], scores=arrays["scores"][replayed]
        )
        return Replay(features=arrays["replay_features"], expected=expected)
