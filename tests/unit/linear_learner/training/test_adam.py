"""Adam: against its textbook form, and its L1 step against the optimum."""

import numpy as np
import pytest

from linear_learner.training.adam import EPSILON, Adam

BETA_1, BETA_2 = 0.9, 0.999


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_steps_are_those_of_the_paper_with_the_decay_in_the_gradient() -> None:
    random = np.random.default_rng(0)
    wd, rate = column(0.01, 0.3), column(0.005, 0.1)
    parameters = random.normal(size=(2, 7)).astype(np.float32)
    expected = parameters.astype(np.float64)
    mean, square = np.zeros((2, 7)), np.zeros((2, 7))
    adam = Adam(parameters.shape, BETA_1, BETA_2, wd, column(0, 0))
    for step in range(1, 30):
        gradient = random.normal(size=(2, 7)).astype(np.float32)
        decayed = gradient + wd[:, None] * expected
        mean = BETA_1 * mean + (1 - BETA_1) * decayed
        square = BETA_2 * square + (1 - BETA_2) * decayed**2
        unbiased_mean, unbiased_square = mean / (1 - BETA_1**step), square / (1 - BETA_2**step)
        expected -= rate[:, None] * unbiased_mean / (np.sqrt(unbiased_square) + EPSILON)
        adam.step(parameters, gradient, rate)
        assert parameters == pytest.approx(expected, rel=1e-4, abs=1e-5), f"step {step}"


def test_the_l1_step_ends_where_gradient_and_penalty_are_in_balance() -> None:
    # Minimise sum(curvature / 2 * (x - target)^2) + l1 * |x|: the optimum is
    # the target moved towards zero by l1 / curvature.
    target = np.array([[3, -2, 0.04, -0.5, 0]], np.float32)
    curvature = np.array([[1, 4, 1, 0.25, 2]], np.float32)
    l1 = 0.1
    parameters = np.ones_like(target)
    adam = Adam(parameters.shape, BETA_1, BETA_2, column(0), column(l1))
    for step in range(6000):
        adam.step(
            parameters, np.multiply(curvature, parameters - target), column(0.05 * 0.999**step)
        )
    shrunk = np.sign(target) * np.maximum(np.abs(target) - l1 / curvature, 0)
    assert parameters == pytest.approx(shrunk, abs=2e-3)
    assert not parameters[shrunk == 0].any(), "what the penalty outweighs is exactly zero"
