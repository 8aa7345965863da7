"""Regression on CSV channels, asked in every text format."""

import pytest

from tests.notebook.conftest import Run, RunNotebook


@pytest.fixture(scope="module")
def run(run_notebook: RunNotebook) -> Run:
    return run_notebook(
        "linear_learner_regression",
        *("final_metrics", "mean_absolute_error", "from_csv", "from_json", "from_lines", "one"),
        "history",
    )


def test_the_error_is_that_of_the_noise(run: Run) -> None:
    """The mean of |noise| is 0.8 · √(2/π) = 0.638."""
    assert run.variables["mean_absolute_error"] == pytest.approx(0.638, rel=0.1)


def test_the_metrics_are_a_regressors(run: Run) -> None:
    metrics = run.variables["final_metrics"]
    error = run.variables["mean_absolute_error"]
    assert metrics["test:absolute_loss"] == pytest.approx(error, rel=1e-4)
    assert metrics["test:rmse"] ** 2 == pytest.approx(metrics["test:mse"])
    assert metrics["validation:mse"] == pytest.approx(0.64, rel=0.2)
    assert metrics["validation:objective_loss:final"] == pytest.approx(
        metrics["validation:absolute_loss"]
    )


def test_every_format_has_the_same_answer(run: Run) -> None:
    scores = run.variables["from_csv"]
    assert run.variables["from_json"] == pytest.approx(scores, rel=1e-6)
    assert run.variables["from_lines"] == pytest.approx(scores, rel=1e-6)
    assert run.variables["one"] == {"predictions": [{"score": pytest.approx(scores[0])}]}


def test_the_metrics_of_the_log_are_in_cloudwatch(run: Run) -> None:
    found = {name: value for _, name, value in run.variables["history"]}
    assert found["test:mse"] == pytest.approx(run.variables["final_metrics"]["test:mse"])
    assert found["train:objective_loss"] > 0


def test_nothing_is_left_of_it(run: Run) -> None:
    assert run.left_over == {"Endpoints": [], "EndpointConfigs": [], "Models": []}
