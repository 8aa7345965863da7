"""The notebook's own sequence, unchanged, on the embedded AWS."""

import pytest

from tests.notebook.conftest import Run, RunNotebook


@pytest.fixture(scope="module")
def run(run_notebook: RunNotebook) -> Run:
    return run_notebook("linear_learner_mnist", "confusion")


def test_the_log_of_the_training_is_shown(run: Run) -> None:
    assert "Starting - Starting the training job" in run.output
    assert "#quality_metric: host=algo-1, train binary_f_1.000 <score>=" in run.output
    assert "Completed - Training job completed" in run.output
    assert "Billable seconds: " in run.output


def test_one_record_is_answered_with_score_and_label(run: Run) -> None:
    (line,) = [line for line in run.output.splitlines() if "{'predictions': [{'score': " in line]
    assert "'predicted_label': " in line


def test_the_confusion_matrix_is_no_worse_than_the_published_one(run: Run) -> None:
    (true_negatives, false_positives), (false_negatives, true_positives) = run.variables[
        "confusion"
    ]
    assert true_negatives + false_positives == 9020
    assert false_negatives + true_positives == 980
    f1 = 2 * true_positives / (2 * true_positives + false_positives + false_negatives)
    assert f1 >= 0.9524, run.variables["confusion"]


def test_nothing_is_left_of_it(run: Run) -> None:
    assert run.left_over == {"Endpoints": [], "EndpointConfigs": [], "Models": []}
