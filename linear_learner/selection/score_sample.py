"""Scores of many models on a sample of records, however many records pass by."""

from typing import Final

import numpy as np

from linear_learner.arrays import Doubles, Floats

MOST_RECORDS: Final = 1 << 21
"""A larger sample would tell no more, but one model's scores, labels and draws take 110 MB in it,
for a moment, and what is computed of them as much again."""


class ScoreSample:
    """Keeps scores and labels of records that pass by: all of them, or a random sample.

    Two samples of the same size and seed keep the same records, if these come
    in the same order; the first record of either class is always among them.
    It holds twice as many records as it keeps, at most.

    Parameters
    ----------
    most
        How many records are kept, beside the first of each class.
    seed
        Chooses the records.
    """

    def __init__(self, most: int, seed: int) -> None:
        self._most = most
        self._random = np.random.default_rng(seed)
        self._cut = 1.0
        self._parts: list[tuple[Doubles, Floats, Floats]] = []
        self._size = 0
        self._classes: set[float] = set()

    def add(self, scores: Floats, labels: Floats) -> None:
        """Let records pass by.

        Parameters
        ----------
        scores
            Shape (records, models).
        labels
            0 or 1, shape (records,).
        """
        # Each record draws a number; those with the smallest are kept.
        draws = self._random.random(len(labels))
        for label in {0.0, 1.0} - self._classes:
            found = np.flatnonzero(labels == label)
            if len(found):
                draws[found[0]] = -1
                self._classes.add(label)
        kept = draws < self._cut
        self._parts.append((draws[kept], labels[kept], np.ascontiguousarray(scores[kept].T)))
        self._size += int(np.count_nonzero(kept))
        if self._size > 2 * self._most:
            self._shrink()

    def labels(self) -> Floats:
        """Return the labels of the records that are kept, shape (records,)."""
        self._shrink()
        return np.concatenate([labels for _, labels, _ in self._parts])

    def scores(self, model: int) -> Floats:
        """Return a model's scores of these records, shape (records,)."""
        self._shrink()
        return np.concatenate([scores[model] for _, _, scores in self._parts])

    def _shrink(self) -> None:
        if self._size <= self._most:
            return
        draws = np.concatenate([draws for draws, _, _ in self._parts])
        # The first of each class are smaller than any draw.
        greatest = self._most + int(np.count_nonzero(draws < 0))
        if len(draws) <= greatest:
            return
        draws.partition(greatest)
        self._cut = float(draws[greatest])
        del draws
        # One after the other, so that each makes room for the next.
        for index, (draws, labels, scores) in enumerate(self._parts):
            kept = draws < self._cut
            self._parts[index] = draws[kept], labels[kept], scores[:, kept]
        self._size = sum(len(draws) for draws, _, _ in self._parts)
