"""The logistic loss: its value, its derivative, its scores."""

import numpy as np
import pytest
from scipy.special import expit

from linear_learner.arrays import Floats
from linear_learner.links import LINKS
from linear_learner.training.losses import LogisticLoss

LOSS = LogisticLoss()
LABELS = np.array([0, 1, 1, 0], np.float32)
OUTPUTS = np.array([[0.3, -2], [1.5, 0], [-0.7, 4], [2, 0.1]], np.float32)
WEIGHT = np.array([1, 3.5], np.float32)


def reference(outputs: np.ndarray) -> np.ndarray:
    """Return the weighted losses, record by record, in float64."""
    signs = (2 * LABELS - 1)[:, None]
    weights = np.where(LABELS[:, None] == 1, WEIGHT, 1)
    return weights * np.logaddexp(0, -signs * outputs.astype(np.float64))


def test_the_loss_is_the_weighted_cross_entropy() -> None:
    expected = reference(OUTPUTS).sum(axis=0)
    assert LOSS.total(OUTPUTS, LABELS, WEIGHT) == pytest.approx(expected, rel=1e-6)
    assert LOSS.gradient(OUTPUTS.copy(), LABELS, WEIGHT) == pytest.approx(expected, rel=1e-6)


def test_the_gradient_is_the_derivative_of_the_loss() -> None:
    gradient = OUTPUTS.copy()
    LOSS.gradient(gradient, LABELS, WEIGHT)
    step = 1e-5
    above, below = OUTPUTS.astype(np.float64) + step, OUTPUTS.astype(np.float64) - step
    numeric = (reference(above) - reference(below)) / (2 * step)
    assert gradient == pytest.approx(numeric, abs=1e-6)


@pytest.mark.parametrize("output", [-1e4, -200.0, -80.0, 80.0, 200.0, 1e4])
def test_large_outputs_neither_overflow_nor_lose_the_loss(output: float) -> None:
    outputs = np.full((4, 2), output, np.float32)
    with np.errstate(all="raise", under="ignore"):
        total = LOSS.total(outputs, LABELS, WEIGHT)
    assert total == pytest.approx(reference(outputs).sum(axis=0), rel=1e-6)
    gradient = outputs.copy()
    LOSS.gradient(gradient, LABELS, WEIGHT)
    assert np.isfinite(gradient).all()


def test_the_score_is_the_sigmoid() -> None:
    outputs: Floats = np.linspace(-200, 200, 801, dtype=np.float32)
    assert LINKS["logistic"](outputs) == pytest.approx(expit(outputs.astype(np.float64)), abs=1e-6)
