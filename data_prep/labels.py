"""From classes to the two that a binary classifier tells apart."""

import numpy as np
from numpy.typing import NDArray

from data_prep.dataset import SplitName
from data_prep.errors import InvalidRecordsError


def binary_labels(
    split: SplitName, labels: NDArray[np.int64], positive_label: int
) -> NDArray[np.float32]:
    """Return 1 where a label is the positive one, and 0 elsewhere.

    Parameters
    ----------
    split
        Whose labels they are, for the message.
    labels
        Shape (records,).
    positive_label
        The class to recognise.

    Raises
    ------
    InvalidRecordsError
        If the split has only one of the two: nothing can be learnt from it,
        and most metrics have no meaning on it.
    """
    positive = labels == positive_label
    if positive.all() or not positive.any():
        what = "all" if positive.all() else "none"
        raise InvalidRecordsError(
            split,
            None,
            f"one class only: {what} of {len(labels)} records has the label {positive_label}",
        )
    return positive.astype(np.float32)
