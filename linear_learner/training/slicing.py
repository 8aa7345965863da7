"""How models are cut into slices that are trained on their own."""

from itertools import pairwise
from typing import Final

COLUMNS: Final = 16
"""Outputs of a slice: a vector register of float32 on the processors that have the widest."""

MOST_SLICES: Final = 4
"""Each slice reads every record: with more of them, that takes longer than what is done with it."""


def slices_of(models: int, outputs_per_model: int) -> list[slice]:
    """Cut models into slices of nearly the same size.

    The cut does not depend on the machine: a model's weights may differ in
    their last bits with the number of models beside it in its slice.
    """
    wanted = -(-models * outputs_per_model // COLUMNS)
    count = min(models, wanted, MOST_SLICES)
    bounds = [models * number // count for number in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(bounds)]
