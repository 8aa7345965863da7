"""Looking at a record."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def show_digit(features: NDArray[Any], label: object = None, axis: "Axes | None" = None) -> "Axes":
    """Draw a record as the square image that it is.

    Parameters
    ----------
    features
        Shape (side · side,) or (side, side).
    label
        Written above the image, if given.
    axis
        Where to draw; a new figure by default.

    Returns
    -------
    axis
        The matplotlib axis with the image.

    Raises
    ------
    ValueError
        If the record is not square.
    """
    import matplotlib.pyplot as plt  # noqa: PLC0415 - nothing else here needs matplotlib

    side = int(np.sqrt(features.size))
    if side * side != features.size or not side:
        raise ValueError(f"{features.size} features are not a square image")
    if axis is None:
        axis = plt.subplots()[1]
    # matplotlib leaves the keyword arguments of both without a type.
    axis.imshow(features.reshape(side, side), cmap="gray")  # pyright: ignore[reportUnknownMemberType]
    axis.set_axis_off()
    if label is not None:
        axis.set_title(str(label))  # pyright: ignore[reportUnknownMemberType]
    return axis
