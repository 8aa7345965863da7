"""What a format has to do so that its files can be read piece by piece."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from linear_learner.data.checks import Checks
from linear_learner.data.place import Place
from linear_learner.data.records import Records

Bytes = NDArray[np.uint8]


class Decoder(Protocol):
    """Makes records of bytes. All errors are `linear_learner.errors.ClientError`."""

    def cut(self, data: Bytes) -> int:
        """Return where the last whole record ends: 0 if there is none.

        Of damaged bytes, any part may be whole: `decode` refuses it.
        """
        ...

    def close(self, data: Bytes, size: int, place: Place) -> int:
        """Return where the last record ends when no more bytes follow.

        Parameters
        ----------
        data
            The rest of a file, and one byte more that may be written.
        size
            The length of the rest, more than 0.
        place
            Where it begins.

        Raises
        ------
        ClientError
            If that is within a record.
        """
        ...

    def decode(self, data: Bytes, place: Place, checks: Checks) -> Records:
        """Decode whole records that begin at a place; `Checks.check` is still to be done.

        Raises
        ------
        ClientError
            If a record is damaged, has no label or another width than the one before.
        """
        ...
