"""Each optimizer against its formula in plain numpy, and its L1 step against the optimum."""

from collections.abc import Callable

import numpy as np
import pytest

from linear_learner.arrays import Doubles, Floats
from linear_learner.training.optimizers import Gradient, Weights, make_optimizer
from tests.unit.linear_learner.samples import hyperparameters

FEATURES, COLUMNS = 7, 3
BIAS = FEATURES
GIVEN: dict[str, dict[str, str]] = {
    "adam": {"beta_1": "0.8", "beta_2": "0.99"},
    "sgd": {"momentum": "0.7"},
    "rmsprop": {},
}

State = dict[str, Doubles]
Reference = Callable[[State, Doubles, Doubles, int], Doubles]


def adam(state: State, g: Doubles, lr: Doubles, t: int) -> Doubles:
    beta_1, beta_2, epsilon = 0.8, 0.99, 1e-8
    state["m"] = beta_1 * state.get("m", 0 * g) + (1 - beta_1) * g
    state["v"] = beta_2 * state.get("v", 0 * g) + (1 - beta_2) * g**2
    rate = lr * np.sqrt(1 - beta_2**t) / (np.sqrt(state["v"]) + epsilon)
    return -rate * state["m"] / (1 - beta_1**t)


def sgd(state: State, g: Doubles, lr: Doubles, _: int) -> Doubles:
    state["velocity"] = 0.7 * state.get("velocity", 0 * g) - lr * g
    return state["velocity"]


def rmsprop(state: State, g: Doubles, lr: Doubles, _: int) -> Doubles:
    state["n"] = 0.9 * state.get("n", 0 * g) + 0.1 * g**2
    return -lr * g / np.sqrt(state["n"] + 1e-8)


REFERENCES: dict[str, Reference] = {"adam": adam, "sgd": sgd, "rmsprop": rmsprop}


def by_column(features: float, bias: float) -> Floats:
    """Return settings that differ from column to column, and for the bias."""
    columns = np.linspace(1, 2, COLUMNS)
    return np.stack((features * columns, bias * columns)).astype(np.float32)


def by_row(settings: Floats) -> Doubles:
    return np.vstack((np.repeat(settings[:1], FEATURES, axis=0), settings[1:])).astype(np.float64)


def random_weights(l1: Floats, *, averaging: bool = False, seed: int = 0) -> Weights:
    values = np.random.default_rng(seed).normal(size=(FEATURES + 1, COLUMNS)).astype(np.float32)
    average = values.copy() if averaging else values[:0]
    return Weights(values, wd=by_column(0.1, 0.02), l1=l1, average=average)


def gradients(steps: int) -> list[Floats]:
    shape = steps, FEATURES + 1, COLUMNS
    return list(np.random.default_rng(1).normal(size=shape).astype(np.float32))


@pytest.mark.parametrize("name", GIVEN)
def test_steps_are_those_of_the_formula_with_the_decay_in_the_gradient(name: str) -> None:
    weights = random_weights(l1=by_column(0, 0))
    optimizer = make_optimizer(hyperparameters(optimizer=name, **GIVEN[name]), weights)
    gradient = Gradient.of(*weights.values.shape)
    rate, records = by_column(0.01, 0.05), 4
    expected, state = weights.values.astype(np.float64), State()
    for step, summed in enumerate(gradients(40), 1):
        gradient.rows[:] = summed
        weights.steps = step
        optimizer(weights, gradient, rate, records)
        decayed = summed / records + by_row(weights.wd) * expected
        expected += REFERENCES[name](state, decayed, by_row(rate), step)
        assert weights.values == pytest.approx(expected, rel=1e-4, abs=1e-5), f"step {step}"


@pytest.mark.parametrize("name", GIVEN)
def test_the_l1_step_ends_where_gradient_and_penalty_are_in_balance(name: str) -> None:
    # Minimise sum(curvature / 2 * (x - target)^2) + l1 * |x|: the optimum is
    # the target moved towards zero by l1 / curvature.
    target = np.array([[3, -2, 0.04, -0.5, 0, 1e-3]], np.float32).T
    curvature = np.array([[1, 4, 1, 0.25, 2, 1]], np.float32).T
    nothing, l1 = np.zeros((2, 1), np.float32), np.array([[0.1], [0]], np.float32)
    ones = np.ones_like(target)
    weights = Weights(ones, wd=nothing, l1=l1, average=ones[:0])
    optimizer = make_optimizer(hyperparameters(optimizer=name, **GIVEN[name]), weights)
    gradient = Gradient.of(*target.shape)
    for step in range(1, 6001):
        gradient.rows[:] = curvature * (weights.values - target)
        weights.steps = step
        optimizer(weights, gradient, np.full((2, 1), 0.05 * 0.999**step, np.float32), 1)
    shrunk = np.sign(target) * np.maximum(np.abs(target) - l1[0] / curvature, 0)
    shrunk[-1] = target[-1]  # the bias, which has no penalty
    assert weights.values == pytest.approx(shrunk, abs=2e-3)
    assert not weights.values[shrunk == 0].any(), "what the penalty outweighs is exactly zero"


@pytest.mark.parametrize("name", GIVEN)
def test_only_touched_rows_and_their_state_move(name: str) -> None:
    # Row 2 of the weights is touched in every third step: it has to be where the formula has it
    # that sees these steps alone, but counts all of them.
    weights = random_weights(l1=by_column(0, 0))
    before = weights.values.copy()
    optimizer = make_optimizer(hyperparameters(optimizer=name, **GIVEN[name]), weights)
    gradient = Gradient.of(*weights.values.shape)
    gradient.touch_only_the_bias()
    rate, state = by_column(0.01, 0.05), State()
    expected = before[2].astype(np.float64)
    for step, summed in enumerate(gradients(30), 1):
        gradient.rows[:] = summed
        gradient.touched[1], gradient.place[2] = 2, 1
        gradient.count = 1 + (step % 3 == 0)
        weights.steps = step
        optimizer(weights, gradient, rate, 1)
        if step % 3 == 0:
            decayed = summed[1] + weights.wd[0] * expected
            expected += REFERENCES[name](state, decayed, rate[0].astype(np.float64), step)
    assert weights.values[2] == pytest.approx(expected, rel=1e-4, abs=1e-5)
    untouched = [0, 1, 3, 4, 5, 6]
    assert np.array_equal(weights.values[untouched], before[untouched])
    assert (weights.last > 0).tolist() == [row in (2, BIAS) for row in range(FEATURES + 1)]


@pytest.mark.parametrize("every", [1, 4], ids=["all rows always", "a row now and then"])
@pytest.mark.parametrize("name", GIVEN)
def test_the_average_is_the_mean_of_all_iterates(name: str, every: int) -> None:
    weights = random_weights(l1=by_column(0, 0), averaging=True)
    optimizer = make_optimizer(hyperparameters(optimizer=name, **GIVEN[name]), weights)
    gradient = Gradient.of(*weights.values.shape)
    gradient.touch_only_the_bias()
    iterates: list[Floats] = []
    for step, summed in enumerate(gradients(30), 1):
        rows = [BIAS, *(row for row in range(FEATURES) if (row + step) % every == 0)]
        gradient.touched[: len(rows)] = rows
        gradient.rows[:] = summed
        gradient.count = len(rows)
        weights.steps = step
        optimizer(weights, gradient, by_column(0.01, 0.05), 1)
        iterates.append(weights.values.copy())
        assert weights.now() == pytest.approx(
            np.where(weights.last[:, None] > 0, np.mean(iterates, axis=0), 0), rel=1e-4, abs=1e-5
        ), f"step {step}"


def test_the_average_has_the_zeros_of_the_l1_penalty() -> None:
    weights = random_weights(l1=by_column(0.5, 0), averaging=True)
    optimizer = make_optimizer(hyperparameters(optimizer="sgd"), weights)
    gradient = Gradient.of(*weights.values.shape)
    for step in range(1, 200):
        weights.steps = step
        optimizer(weights, gradient, by_column(0.1, 0.1), 1)
    assert not weights.values[:BIAS].any(), "nothing holds against the penalty"
    assert not weights.now()[:BIAS].any()
    assert weights.now()[BIAS].all()


@pytest.mark.parametrize("name", GIVEN)
def test_nothing_fades_to_denormal_numbers(name: str) -> None:
    weights = random_weights(l1=by_column(0, 0))
    optimizer = make_optimizer(hyperparameters(optimizer=name, **GIVEN[name]), weights)
    state = [array for array in vars(optimizer).values() if np.ndim(array) == 2]
    gradient = Gradient.of(*weights.values.shape)
    gradient.rows[:] = 1
    weights.wd[:] = 0
    for step in range(1, 3000):
        weights.steps = step
        optimizer(weights, gradient, by_column(0.1, 0.1), 1)
        gradient.rows[:] = 0
    assert state
    for array in state:
        assert not ((array != 0) & (np.abs(array) < np.finfo(np.float32).tiny)).any()
