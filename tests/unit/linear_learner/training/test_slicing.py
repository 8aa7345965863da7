"""How models are cut into slices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linear_learner.training.slicing import COLUMNS, MOST_SLICES, slices_of


@pytest.mark.parametrize(
    ("models", "outputs", "sizes"),
    [(1, 1, [1]), (32, 1, [16, 16]), (20, 1, [10, 10]), (24, 10, [6] * 4), (1, 1000, [1])],
)
def test_slices_have_about_as_many_columns_as_a_register(
    models: int, outputs: int, sizes: list[int]
) -> None:
    assert [cut.stop - cut.start for cut in slices_of(models, outputs)] == sizes


@given(st.integers(1, 500), st.integers(1, 100))
def test_every_model_is_in_one_slice(models: int, outputs: int) -> None:
    slices = slices_of(models, outputs)
    assert [model for cut in slices for model in range(models)[cut]] == list(range(models))
    sizes = [cut.stop - cut.start for cut in slices]
    assert max(sizes) - min(sizes) <= 1
    assert len(slices) == MOST_SLICES or max(sizes) * outputs < COLUMNS + outputs
