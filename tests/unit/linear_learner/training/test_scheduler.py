"""The learning rate's fall."""

from dataclasses import replace

import numpy as np
import pytest

from linear_learner.training.scheduler import Scheduler
from linear_learner.training.settings import grid
from tests.unit.linear_learner.samples import hyperparameters, parsed


def scheduler(steps_per_epoch: int = 250, **given: str) -> Scheduler:
    chosen = hyperparameters(num_models="1", **given)
    return Scheduler(chosen, grid(chosen, 0.5), steps_per_epoch)


def test_the_rate_falls_by_the_factor_every_so_many_steps() -> None:
    falling = scheduler(learning_rate="0.1", lr_scheduler_step="10", lr_scheduler_factor="0.5")
    rates = [float(falling.rate(done)[0]) for done in (0, 9, 10, 19, 20)]
    assert rates == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025])


def test_the_rate_falls_no_lower_than_the_minimum() -> None:
    falling = scheduler(
        learning_rate="0.1",
        lr_scheduler_step="1",
        lr_scheduler_factor="0.1",
        lr_scheduler_minimum_lr="0.004",
    )
    assert float(falling.rate(50)[0]) == pytest.approx(0.004)


def test_a_rate_below_the_minimum_stays_what_it_is() -> None:
    falling = scheduler(learning_rate="1e-6")
    assert float(falling.rate(0)[0]) == pytest.approx(1e-6)


def test_every_model_falls_by_its_own_factor_and_steps() -> None:
    given = parsed(
        predictor_type="multiclass_classifier",
        num_classes="3",
        num_models="2",
        learning_rate="0.1",
        lr_scheduler_minimum_lr="1e-9",
    )
    settings = replace(
        grid(given),
        scheduler_step=np.array([2, 3]),
        scheduler_factor=np.array([0.5, 0.1]),
    )
    falling = Scheduler(given, settings, 250)
    assert falling.rate(6).tolist() == pytest.approx([0.1 * 0.5**3, 0.1 * 0.1**2])
    assert [done for done in range(7) if falling.changes(done)] == [0, 2, 3, 4, 6]


def test_without_the_scheduler_the_rate_stays() -> None:
    steady = scheduler(learning_rate="0.1", use_lr_scheduler="false")
    assert float(steady.rate(10_000)[0]) == pytest.approx(0.1)


@pytest.mark.parametrize(("steps_per_epoch", "step"), [(250, 100), (10, 100), (9, 10)])
def test_short_epochs_have_a_short_automatic_step(steps_per_epoch: int, step: int) -> None:
    assert scheduler(steps_per_epoch).step.tolist() == [step]
