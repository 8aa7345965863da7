"""When to stop, and which epoch was the best."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochVerdict:
    """What an epoch's loss means.

    Attributes
    ----------
    best
        No epoch before was better: its models are the ones to keep.
    idle
        Epochs without improvement before this one, if it has none either.
    improved
        Whether it counts as an improvement.
    stop
        Whether patience is at an end.
    """

    best: bool
    improved: bool
    idle: int
    stop: bool


class EarlyStopping:
    """Follows the loss from epoch to epoch.

    An epoch improves if its loss is below ``best * (1 - tolerance)``. A
    score enters as a negative loss, as in the built-in algorithm, whose
    published logs count an epoch of the same score as an improvement: so a
    score ends training only when it falls by more than the tolerance.

    Training stops when more than ``patience`` epochs in a row do not improve.
    """

    def __init__(self, patience: int, tolerance: float) -> None:
        self._patience = patience
        self._tolerance = tolerance
        self._best = math.inf
        self._idle = 0

    def see(self, loss: float) -> EpochVerdict:
        """Judge the epoch that has just ended."""
        improved = self._best == math.inf or loss < self._best * (1 - self._tolerance)
        best = loss <= self._best
        idle = 0 if improved else self._idle
        self._idle = 0 if improved else self._idle + 1
        self._best = min(self._best, loss)
        return EpochVerdict(best, improved, idle, stop=self._idle > self._patience)
