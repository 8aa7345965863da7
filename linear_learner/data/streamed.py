"""Records that are read anew in every pass, since they do not fit into memory."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

import numpy as np

from linear_learner.data.ahead import ahead
from linear_learner.data.blocks import BLOCK_BYTES, Block, Layout, into_blocks
from linear_learner.data.checks import Checks, SeenLabels
from linear_learner.data.passes import Passes
from linear_learner.data.records import Records

HEAD_BYTES: Final = 128 << 20
"""How much `StreamedSource.head` gives at most."""

_BLOCKS_AHEAD: Final = 2
"""How many blocks wait for training, beside the one that is being decoded."""


class StreamedSource:
    """A `linear_learner.data.source.Source` that holds a few blocks at a time.

    A thread reads and decodes the next blocks while one is trained on. Each
    pass checks all records anew.

    Parameters
    ----------
    name
        The channel's name.
    passes
        Over its bytes.
    layout
        How its records are held.
    checks
        What they are held against.
    batch
        Records of a mini-batch.
    block_bytes
        How large a block may be.
    """

    def __init__(
        self,
        name: str,
        passes: Passes,
        layout: Layout,
        checks: Checks,
        batch: int,
        *,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        self.name = name
        self.feature_dim = layout.feature_dim
        self.sparse = layout.came_sparse
        self.records: int | None = None
        self._passes = passes
        self._layout = layout
        self._checks = checks
        self._batch = batch
        self._block_bytes = block_bytes

    def head(self, records: int) -> Records:
        """Return the first records, but no more than `HEAD_BYTES` of them."""
        block = Block(self._layout, self._block_bytes)
        for piece in self._passes.head(self._checks):
            block.add(self._layout.apply(piece.records))
            if len(block) >= records or block.nbytes >= HEAD_BYTES:
                break
        return block.records().rows(0, records)

    def blocks(self, random: np.random.Generator | None = None) -> Iterator[Records]:
        """Pass over the records once.

        The first pass goes through the files in any order, a later one through
        pieces of all files; a FIFO has one order.

        Raises
        ------
        ClientError
            At the first record that is refused; at the end, if there was none
            or a binary classifier's are all of one class.
        """
        pieces = self._passes.next(self._checks, random)
        laid_out = (self._layout.apply(piece.records) for piece in pieces)
        made = into_blocks(laid_out, self._layout, self._batch, self._block_bytes)
        seen = SeenLabels()
        with closing(ahead(made, _BLOCKS_AHEAD)) as blocks:
            for block in blocks:
                seen.add(block.labels)
                yield block
        seen.check(self.name, self._checks)
        self.records = seen.records
