"""The picture of a digit."""

import matplotlib as mpl
import numpy as np
import pytest

from data_prep.display import show_digit

mpl.use("agg")
import matplotlib.pyplot as plt


def test_a_digit_is_drawn_as_a_square_with_its_label() -> None:
    axis = show_digit(np.arange(784, dtype=np.float32), label=7)
    (image,) = axis.get_images()
    np.testing.assert_array_equal(image.get_array(), np.arange(784).reshape(28, 28))
    assert axis.get_title() == "7"
    assert not axis.axison
    plt.close("all")


def test_a_digit_is_drawn_where_it_is_wanted() -> None:
    _, wanted = plt.subplots()
    assert show_digit(np.zeros((28, 28)), axis=wanted) is wanted
    assert wanted.get_title() == ""
    plt.close("all")


@pytest.mark.parametrize("size", [0, 2, 783])
def test_features_that_are_no_square_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} features are not a square image"):
        show_digit(np.zeros(size))
