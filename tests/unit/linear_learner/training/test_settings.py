"""The grid of the models that are trained at once."""

from dataclasses import fields

import numpy as np
import pytest

from linear_learner.training.settings import L1_LEVELS, ModelSettings, grid
from tests.unit.linear_learner.samples import hyperparameters, selected


def rows(settings: ModelSettings) -> set[tuple[float, ...]]:
    columns = [getattr(settings, column.name) for column in fields(settings)[1:]]
    return set(zip(*(column.tolist() for column in columns), strict=True))


def test_auto_trains_32_models_no_two_of_which_are_alike() -> None:
    settings = grid(hyperparameters(), 0.1)
    assert len(settings) == 32
    assert len(rows(settings)) == 32


def test_the_model_number_counts_through_the_grid_with_wd_first() -> None:
    settings = grid(hyperparameters(), 0.1)
    assert settings.wd[:4].tolist() == pytest.approx([1e-2, 1e-4, 1e-2, 1e-4])
    assert settings.minimum_lr[:4].tolist() == pytest.approx([1e-5, 1e-5, 1e-4, 1e-4])
    assert settings.learning_rate[[0, 3, 4, 7]].tolist() == pytest.approx([0.005, 0.005, 0.1, 0.1])
    assert settings.l1[::8].tolist() == pytest.approx(list(L1_LEVELS))
    assert settings.index.tolist() == list(range(32))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("wd", "wd"),
        ("l1", "l1"),
        ("learning_rate", "learning_rate"),
        ("lr_scheduler_minimum_lr", "minimum_lr"),
        ("positive_example_weight_mult", "positive_weight"),
    ],
)
def test_what_is_given_is_the_same_for_every_model(name: str, column: str) -> None:
    settings = grid(hyperparameters(**{name: "0.25"}), 0.1)
    assert len(settings) == 32
    assert set(getattr(settings, column).tolist()) == {0.25}


def test_num_models_takes_as_many_from_the_beginning() -> None:
    few, all_of_them = grid(hyperparameters(num_models="3"), 0.1), grid(hyperparameters(), 0.1)
    assert rows(few) == rows(selected(all_of_them, 0, 1, 2))


def test_more_models_than_the_grid_has_begin_it_again() -> None:
    settings = grid(hyperparameters(num_models="33"), 0.1)
    assert rows(selected(settings, 32)) == rows(selected(settings, 0))
    assert settings.index[32] == 32


def test_a_balanced_weight_makes_both_classes_weigh_the_same() -> None:
    settings = grid(hyperparameters(positive_example_weight_mult="balanced"), 0.1)
    assert settings.positive_weight == pytest.approx(np.full(32, 9.0))


def test_an_automatic_weight_tries_both() -> None:
    settings = grid(hyperparameters(positive_example_weight_mult="auto"), 0.2)
    assert set(settings.positive_weight.tolist()) == {1.0, 4.0}
    assert len(rows(settings)) == 32
