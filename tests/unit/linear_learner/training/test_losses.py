"""Every loss: its value, its derivative, its weights, and what it does with extreme numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from linear_learner.arrays import Floats
from linear_learner.training.losses import Loss, make_loss
from tests.unit.linear_learner.samples import parsed

PARAMETER = 0.3
CLASSES = 4


def logistic(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, -(2 * y - 1) * z)


def hinge(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(0, PARAMETER - (2 * y - 1) * z)


def beyond(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(0, np.abs(z - y) - PARAMETER)


def quantile(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(z < y, PARAMETER * (y - z), (1 - PARAMETER) * (z - y))


def huber(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    error = np.abs(z - y)
    linear = PARAMETER * (error - PARAMETER / 2)
    return np.where(error <= PARAMETER, error**2 / 2, linear)


OF_CLASSIFIERS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "logistic": logistic,
    "hinge_loss": hinge,
}
OF_REGRESSORS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "squared_loss": lambda z, y: (z - y) ** 2 / 2,
    "absolute_loss": lambda z, y: np.abs(z - y),
    "eps_insensitive_squared_loss": lambda z, y: beyond(z, y) ** 2 / 2,
    "eps_insensitive_absolute_loss": beyond,
    "quantile_loss": quantile,
    "huber_loss": huber,
}
OF_ONE_OUTPUT = OF_CLASSIFIERS | OF_REGRESSORS
ALL = (*OF_ONE_OUTPUT, "softmax_loss")

Case = tuple[Any, Floats, Floats]
"""Outputs, labels and class weights of three models."""


def expected(name: str, case: Case) -> np.ndarray:
    """Return the weighted losses, shape (records, models), in float64."""
    outputs, labels, weights = case[0].astype(np.float64), case[1], case[2].astype(np.float64)
    if name in OF_REGRESSORS:
        return OF_REGRESSORS[name](outputs, labels.astype(np.float64)[:, np.newaxis])
    index = labels.astype(int)
    if name in OF_CLASSIFIERS:
        return weights.T[index] * OF_CLASSIFIERS[name](outputs, labels[:, np.newaxis])
    by_class = outputs.reshape(len(labels), len(weights), -1)
    own = np.take_along_axis(by_class, index[:, np.newaxis, np.newaxis], axis=2)[:, :, 0]
    return weights.T[index] * (logsumexp(by_class, axis=2) - own)


def case_of(name: str, outputs: Floats, random: np.random.Generator) -> Case:
    """Return as many outputs as the loss takes, with labels and weights that suit it."""
    records = len(outputs)
    if name == "softmax_loss":
        weights = random.uniform(0.2, 3, (3, CLASSES)).astype(np.float32)
        labels = random.integers(0, CLASSES, records)
    elif name in OF_CLASSIFIERS:
        weights = np.array([[1, 1], [1, 3.5], [1, 0.2]], np.float32)
        labels = random.integers(0, 2, records)
    else:
        weights = np.ones((3, 1), np.float32)
        labels = random.normal(size=records)
    columns = 3 * (CLASSES if name == "softmax_loss" else 1)
    return np.ascontiguousarray(outputs[:, :columns]), labels.astype(np.float32), weights


def drawn(name: str, *, records: int = 50, seed: int = 0) -> Case:
    random = np.random.default_rng(seed)
    return case_of(name, (3 * random.normal(size=(records, 12))).astype(np.float32), random)


def gradient(name: str, case: Case) -> tuple[Floats, np.ndarray]:
    outputs, losses = case[0].copy(), np.zeros(3)
    Loss(name, PARAMETER).gradient(outputs, case[1], case[2], losses)
    return outputs, losses


@pytest.mark.parametrize("name", ALL)
@settings(deadline=None)
@given(
    numbers=st.lists(st.floats(-50, 50, width=32), min_size=12, max_size=72),
    seed=st.integers(0, 99),
)
def test_a_loss_is_that_of_its_formula(name: str, numbers: list[float], seed: int) -> None:
    outputs = np.array(numbers[: len(numbers) // 12 * 12], np.float32).reshape(-1, 12)
    case = case_of(name, outputs, np.random.default_rng(seed))
    sums = expected(name, case).sum(axis=0)
    assert Loss(name, PARAMETER).total(*case) == pytest.approx(sums, rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_the_gradient_is_the_derivative_of_the_loss(name: str) -> None:
    case = drawn(name)
    found, losses = gradient(name, case)
    assert losses == pytest.approx(expected(name, case).sum(axis=0), rel=1e-5)
    step = 1e-6
    outputs = case[0].astype(np.float64)
    classes = CLASSES if name == "softmax_loss" else 1
    for column in range(outputs.shape[1]):
        above, below = outputs.copy(), outputs.copy()
        above[:, column] += step
        below[:, column] -= step
        change = expected(name, (above, *case[1:])) - expected(name, (below, *case[1:]))
        numeric = change[:, column // classes] / (2 * step)
        assert found[:, column] == pytest.approx(numeric, abs=2e-5), f"column {column}"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("extreme", [-1e30, -200.0, -89.0, 89.0, 200.0, 1e30])
def test_large_outputs_have_a_finite_gradient_and_the_right_loss(name: str, extreme: float) -> None:
    case = drawn(name, records=5)
    case[0][:, 1] = extreme
    found, losses = gradient(name, case)
    assert np.isfinite(found).all()
    if not (abs(extreme) > 1e18 and "squared" in name):  # whose square is infinite
        assert losses == pytest.approx(expected(name, case).sum(axis=0), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_model_that_diverged_harms_no_other(name: str, number: float) -> None:
    case = drawn(name)
    sound, sound_losses = gradient(name, case)
    per_model = CLASSES if name == "softmax_loss" else 1
    case[0][7, per_model] = number  # an output of model 1
    found, losses = gradient(name, case)
    others = [c for c in range(found.shape[1]) if c // per_model != 1]
    assert np.array_equal(found[:, others], sound[:, others])
    assert np.array_equal(losses[[0, 2]], sound_losses[[0, 2]])
    if np.isnan(number):
        assert np.isnan(losses[1])


@pytest.mark.parametrize("name", ALL)
def test_the_total_leaves_the_outputs_alone_in_any_layout(name: str) -> None:
    case = drawn(name)
    outputs = np.asfortranarray(case[0])
    before = outputs.copy()
    total = Loss(name, PARAMETER).total(outputs, case[1], case[2])
    assert total == pytest.approx(gradient(name, case)[1], rel=1e-12)
    assert np.array_equal(outputs, before)


@pytest.mark.parametrize("name", ALL)
def test_arrays_that_may_not_be_written_to_are_read(name: str) -> None:
    outputs, labels, weights = drawn(name)
    for array in (outputs, labels, weights):
        array.flags.writeable = False
    assert np.isfinite(Loss(name, PARAMETER).total(outputs, labels, weights)).all()


def test_half_of_the_labels_lie_below_a_quantile_of_a_half_and_a_tenth_below_a_tenth() -> None:
    labels = np.random.default_rng(0).normal(size=999).astype(np.float32)
    for share in (0.1, 0.5, 0.9):
        grid = np.linspace(-2, 2, 401, dtype=np.float32)
        outputs = np.tile(grid, (999, 1))
        totals = Loss("quantile_loss", share).total(outputs, labels, np.ones((401, 1), np.float32))
        best = grid[np.argmin(totals)]
        assert np.mean(labels < best) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("name", "hyperparameter"),
    [
        ("hinge_loss", "margin"),
        ("quantile_loss", "quantile"),
        ("huber_loss", "huber_delta"),
        ("eps_insensitive_squared_loss", "loss_insensitivity"),
        ("eps_insensitive_absolute_loss", "loss_insensitivity"),
    ],
)
def test_a_loss_takes_its_parameter_from_its_hyperparameter(name: str, hyperparameter: str) -> None:
    predictor = "binary_classifier" if name in OF_CLASSIFIERS else "regressor"
    loss = make_loss(parsed(predictor_type=predictor, loss=name, **{hyperparameter: "0.3"}))
    case = drawn(name)
    assert loss.total(*case) == pytest.approx(expected(name, case).sum(axis=0), rel=1e-5)


@pytest.mark.parametrize("name", OF_REGRESSORS)
def test_a_loss_in_other_units_is_that_loss_times_a_constant(name: str) -> None:
    outputs, labels, weights = drawn(name)
    loss = Loss(name, PARAMETER)
    other = loss.on_labels_times(50.0).total(outputs * 50, labels * 50, weights)
    square = "squared" in name or "huber" in name
    factor = 2500 if square else 50
    assert other == pytest.approx(factor * loss.total(outputs, labels, weights), rel=1e-4)


def test_a_class_that_there_is_not_is_refused() -> None:
    outputs, labels, weights = drawn("softmax_loss")
    labels[3] = CLASSES
    with pytest.raises(ValueError, match=r"label 4: expected 0 to 3"):
        Loss("softmax_loss").total(outputs, labels, weights)
