"""Class weights and selection criteria do for a user what they are for."""

import pytest

from tests.notebook.conftest import Run, RunNotebook


@pytest.fixture(scope="module")
def run(run_notebook: RunNotebook) -> Run:
    return run_notebook("linear_learner_class_weights", "comparison")


def test_a_target_recall_is_reached(run: Run) -> None:
    comparison = run.variables["comparison"]
    assert comparison["weighted"]["recall"] > 0.75 > comparison["accuracy"]["recall"], comparison


def test_a_target_precision_is_reached(run: Run) -> None:
    comparison = run.variables["comparison"]
    assert comparison["precision"]["precision"] > 0.8, comparison
    assert comparison["precision"]["precision"] > comparison["weighted"]["precision"]


def test_balanced_weights_let_a_fraud_weigh_as_much_as_the_rest(run: Run) -> None:
    comparison = run.variables["comparison"]
    assert comparison["weighted"]["average"] > 4 * comparison["accuracy"]["average"], comparison


def test_hinge_loss_gives_scores_that_are_no_probabilities(run: Run) -> None:
    comparison = run.variables["comparison"]
    assert comparison["hinge"]["recall"] > 0.75, comparison
    assert comparison["hinge"]["lowest"] < 0, comparison
    assert 0 <= comparison["accuracy"]["lowest"] < comparison["accuracy"]["highest"] <= 1


def test_nothing_is_left_of_it(run: Run) -> None:
    assert run.left_over == {"Endpoints": [], "EndpointConfigs": [], "Models": []}
