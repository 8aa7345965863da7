"""The grid of the models that are trained at once."""

from dataclasses import fields

import numpy as np
import pytest

from linear_learner.errors import ClientError
from linear_learner.training.settings import L1_LEVELS, ModelSettings, grid
from tests.unit.linear_learner.samples import hyperparameters, parsed, selected


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
        ("lr_scheduler_factor", "scheduler_factor"),
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


def multiclass(**given: str) -> ModelSettings:
    return grid(
        parsed(predictor_type="multiclass_classifier", num_classes="3", **given), parameters=30
    )


def test_a_multiclass_classifier_trains_24_models_that_are_drawn_alike_in_every_job() -> None:
    settings = multiclass()
    assert len(settings) == 24
    assert len(rows(settings)) == 24
    assert rows(settings) == rows(multiclass())
    assert rows(multiclass(num_models="5")) == rows(settings[:5])


def test_what_is_given_is_the_same_for_every_multiclass_model() -> None:
    settings = multiclass(
        l1="0.25", learning_rate="0.5", lr_scheduler_step="7", lr_scheduler_factor="0.75"
    )
    assert set(settings.l1.tolist()) == {0.25}
    assert set(settings.learning_rate.tolist()) == {0.5}
    assert set(settings.scheduler_step.tolist()) == {7}
    assert set(settings.scheduler_factor.tolist()) == {0.75}
    assert len(set(settings.wd.tolist())) == 24


def test_drawn_values_lie_in_their_ranges() -> None:
    settings = multiclass()
    assert settings.wd.min() >= 0.99e-4
    assert settings.wd.max() <= 1.01e-2
    assert settings.learning_rate.min() >= 0.00099
    assert settings.learning_rate.max() <= 0.101
    assert 50 <= settings.scheduler_step.min() < settings.scheduler_step.max() <= 200
    assert 0.9 <= settings.scheduler_factor.min() < settings.scheduler_factor.max() <= 0.99
    assert 1 <= int(np.sum(settings.l1 == 0)) <= 12
    assert settings.l1.max() <= 1.01e-3


def test_a_regressor_has_the_grid_of_a_classifier() -> None:
    regressor = grid(parsed(predictor_type="regressor"))
    assert rows(regressor) == rows(grid(hyperparameters()))


@pytest.mark.parametrize(("parameters", "models"), [(10**6, 32), (10**7, 3), (20_000_000, 1)])
def test_an_automatic_number_of_models_is_bounded_by_memory_and_told(
    parameters: int, models: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "linear_learner"):
        assert len(grid(hyperparameters(), parameters=parameters)) == models
    assert (f"num_models: auto is {models}, not 32" in caplog.text) == (models < 32)
    assert len(grid(hyperparameters(num_models="7"), parameters=parameters)) == 7


@pytest.mark.parametrize("models", ["2147483647", "1000000000"])
def test_models_that_no_memory_holds_are_refused(models: str) -> None:
    with pytest.raises(ClientError, match=f"num_models: {int(models):,} models of 785 parameters"):
        grid(hyperparameters(num_models=models), parameters=785)


def test_a_single_model_that_no_memory_holds_is_refused() -> None:
    with pytest.raises(ClientError, match="num_models: 1 models of 1,000,000,000,000 parameters"):
        grid(hyperparameters(), parameters=10**12)
