"""When training stops, and which epoch was the best."""

import pytest

from linear_learner.training.early_stopping import EarlyStopping


def stopped_after(losses: list[float], patience: int = 3, tolerance: float = 0.001) -> int | None:
    stopping = EarlyStopping(patience, tolerance)
    for epoch, loss in enumerate(losses):
        if stopping.see(loss).stop:
            return epoch
    return None


def test_the_fourth_epoch_in_a_row_without_improvement_is_the_last() -> None:
    assert stopped_after([1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1]) == 5


def test_an_improvement_begins_the_count_again() -> None:
    assert stopped_after([1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5]) is None


def test_less_than_the_tolerance_is_no_improvement() -> None:
    assert stopped_after([1.0, 0.9995, 0.9993, 0.9992, 0.9991], tolerance=0.001) == 4
    assert stopped_after([1.0, 0.99, 0.98, 0.97, 0.96], tolerance=0.001) is None


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience_is_the_number_of_epochs_that_are_borne(patience: int) -> None:
    assert stopped_after([1.0] * 20, patience) == patience + 1


def test_a_score_ends_training_only_when_it_falls_by_more_than_the_tolerance() -> None:
    assert stopped_after([-0.99] * 20) is None
    assert stopped_after([-0.99, -0.98, -0.98, -0.98, -0.98]) == 4


def test_the_best_epoch_is_the_one_that_none_before_surpasses() -> None:
    stopping = EarlyStopping(3, 0.001)
    bests = [stopping.see(loss).best for loss in (-0.9, -0.95, -0.94, -0.95, -0.96)]
    assert bests == [True, True, False, True, True]
