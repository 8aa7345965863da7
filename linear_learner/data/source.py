"""Where records come from: one pass after the other, block by block."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from linear_learner.data.records import Records


class Source(Protocol):
    """Records that can be passed over many times; all of them need not fit into memory."""

    @property
    def name(self) -> str:
        """The channel's name, for errors."""
        ...

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        ...

    @property
    def sparse(self) -> bool:
        """Whether the records came with the features alone that are not 0.

        Such features are scaled, but never shifted: that would fill them.
        How a source holds its records in memory is its own affair.
        """
        ...

    @property
    def records(self) -> int | None:
        """Number of records; None where only a whole pass tells."""
        ...

    def head(self, records: int) -> Records:
        """Return the first records, as many as asked for or all there are.

        A source that streams may give fewer, so that they fit into memory. One
        that can be read once a pass gives them again in its next pass.
        """
        ...

    def blocks(self, random: np.random.Generator | None = None) -> Iterator[Records]:
        """Pass over the records once.

        Parameters
        ----------
        random
            Chooses the order of the blocks, where the source can go to any;
            the order within a block is the reader's affair. Without it, the
            records come in their own order.
        """
        ...
