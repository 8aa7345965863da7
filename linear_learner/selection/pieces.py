"""Passing over a source in pieces whose outputs fit into memory."""

from collections.abc import Iterator
from typing import Final

from linear_learner.data.records import Records
from linear_learner.data.source import Source

MOST_RECORDS: Final = 16_384
MOST_OUTPUTS: Final = 1 << 22
"""How many outputs of all models are held at once: 16 MB."""


def pieces(source: Source, columns: int) -> Iterator[Records]:
    """Give the records in their own order, few enough for so many outputs a record."""
    most = max(1, min(MOST_RECORDS, MOST_OUTPUTS // columns))
    for block in source.blocks():
        for start in range(0, len(block), most):
            yield block.rows(start, start + most)
