"""What is trained ends where a convex solver ends, whatever the loss."""

# scikit-learn has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.svm import SVC, SVR

from tests.unit.linear_learner.optimum.convex import EPS, QUANTILE
from tests.unit.linear_learner.optimum.problems import (
    BINARY,
    CASES,
    DATASETS,
    MULTICLASS,
    REGRESSOR,
    Case,
    optimum,
    problem,
)
from tests.unit.linear_learner.optimum.recipes import (
    BATCH,
    LASSO,
    LOGISTIC,
    PATIENT,
    SHARE,
    WITHIN,
    recipe,
)

# The benchmark has all; of these, the solver knows the optimum within a second.
QUICK_TO_SOLVE = [
    case
    for case in CASES
    if case.dataset in ("diabetes", "wine")
    or (case.dataset, case.loss) == ("digits", "squared_loss")
    or case.loss == "logistic"
]


def trained(case: Case) -> float:
    asked = problem(case.dataset, case.predictor_type)
    weights, bias = asked.train(case.loss, recipe(case).hyperparameters(case))
    return asked.objective(case.loss, weights, bias, wd=case.wd)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in QUICK_TO_SOLVE
        if recipe(case) == LOGISTIC
        or (case.predictor_type == REGRESSOR and case.dataset in ("diabetes", "digits"))
    ],
    ids=lambda case: "-".join(map(str, case)),
)
def test_15_epochs_end_within_a_hundredth_of_the_optimum(case: Case) -> None:
    assert recipe(case).epochs == 15
    assert 1 <= trained(case) / optimum(case) <= WITHIN


@pytest.mark.parametrize(
    "case",
    [case for case in QUICK_TO_SOLVE if case.dataset == "diabetes"],
    ids=lambda case: "-".join(map(str, case)),
)
def test_the_grid_of_a_job_without_settings_reaches_it_as_well(case: Case) -> None:
    asked = problem(case.dataset, case.predictor_type)
    defaults = {"num_models": "auto", "early_stopping_patience": 3}
    weights, bias = asked.train(case.loss, {**defaults, "wd": case.wd, "mini_batch_size": BATCH})
    assert asked.objective(case.loss, weights, bias, wd=case.wd) / optimum(case) <= WITHIN


@pytest.mark.parametrize(
    "case",
    [case for case in QUICK_TO_SOLVE if case.dataset == "wine" or recipe(case) == PATIENT],
    ids=lambda case: "-".join(map(str, case)),
)
def test_the_rest_ends_near_the_optimum_too(case: Case) -> None:
    zero = problem(case.dataset, case.predictor_type).at_zero(case.loss)
    assert 0 <= trained(case) - optimum(case) <= SHARE * zero


@pytest.mark.parametrize("l1", [0.01, 0.1, 0.3])
@pytest.mark.parametrize("dataset", DATASETS)
def test_with_an_l1_penalty_it_is_the_lasso_with_its_zeros(dataset: str, l1: float) -> None:
    asked = problem(dataset, REGRESSOR)
    lasso = Lasso(alpha=l1, tol=1e-10, max_iter=100_000).fit(asked.features, asked.labels)
    expected = lasso.coef_[:, np.newaxis]
    weights, bias = asked.train(
        "squared_loss",
        {**LASSO, "l1": l1, "mini_batch_size": len(asked.labels)},
    )
    least = asked.objective("squared_loss", expected, np.array([lasso.intercept_]), l1=l1)
    assert asked.objective("squared_loss", weights, bias, l1=l1) / least <= 1.0005
    np.testing.assert_array_equal(weights == 0, expected == 0)


def scikit_learns(case: Case, records: int) -> Any:
    """The solver of the same problem, which is told the penalty in its own way."""
    share = 1 / (case.wd * records)
    match case.loss:
        case "squared_loss":
            return Ridge(alpha=case.wd * records)
        case "logistic" | "softmax_loss":
            return LogisticRegression(C=share, tol=1e-8, max_iter=10_000)
        case "hinge_loss":
            return SVC(kernel="linear", C=share, tol=1e-6)
        case "absolute_loss":
            return SVR(kernel="linear", C=share, epsilon=0, tol=1e-6)
        case "quantile_loss":
            return SVR(kernel="linear", C=QUANTILE * share, epsilon=0, tol=1e-6)
        case _:
            return SVR(kernel="linear", C=share, epsilon=EPS, tol=1e-6)


@pytest.mark.parametrize(
    ("dataset", "predictor_type", "loss"),
    [
        ("diabetes", REGRESSOR, "squared_loss"),
        ("diabetes", REGRESSOR, "absolute_loss"),
        ("diabetes", REGRESSOR, "quantile_loss"),
        ("diabetes", REGRESSOR, "eps_insensitive_absolute_loss"),
        ("wine", BINARY, "logistic"),
        ("wine", BINARY, "hinge_loss"),
        ("wine", MULTICLASS, "softmax_loss"),
    ],
)
def test_the_convex_solver_agrees_with_scikit_learns(
    dataset: str, predictor_type: str, loss: str
) -> None:
    case = Case(dataset, predictor_type, loss, wd=0.01)
    asked = problem(dataset, predictor_type)
    model = scikit_learns(case, len(asked.labels)).fit(asked.features, asked.labels)
    weights = np.atleast_2d(model.coef_).T
    theirs = asked.objective(loss, weights, np.atleast_1d(model.intercept_), wd=case.wd)
    assert 1 - 1e-6 <= theirs / optimum(case) <= 1.003
