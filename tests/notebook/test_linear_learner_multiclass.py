"""The SDK's own estimator with several classes: channels, metrics, and recordIO answers."""

import numpy as np
import pytest

from tests.notebook.conftest import Run, RunNotebook


@pytest.fixture(scope="module")
def run(run_notebook: RunNotebook) -> Run:
    return run_notebook(
        "linear_learner_multiclass",
        *("final_metrics", "accuracy", "recalls", "sums", "first_of_score", "first_of_label"),
    )


def test_the_test_metrics_are_those_of_the_endpoint(run: Run) -> None:
    for name in ("plain", "balanced"):
        metrics = run.variables["final_metrics"][name]
        accuracy = run.variables["accuracy"][name]
        assert metrics["test:multiclass_accuracy"] == pytest.approx(accuracy), name
        assert metrics["test:macro_recall"] == pytest.approx(
            np.mean(run.variables["recalls"][name]), abs=1e-6
        )


def test_all_metrics_of_several_classes_are_there(run: Run) -> None:
    metrics = run.variables["final_metrics"]["plain"]
    for part in ("validation", "test"):
        for name in ("multiclass_accuracy", "multiclass_top_k_accuracy", "dcg"):
            assert metrics[f"{part}:{name}"] > 0.8, name
        for name in ("macro_recall", "macro_precision", "macro_f_beta"):
            assert 0 < metrics[f"{part}:{name}"] < 1, name
    assert metrics["train:progress"] == 100


def test_balanced_weights_find_more_of_the_rare_classes(run: Run) -> None:
    recalls = run.variables["recalls"]
    assert np.mean(recalls["balanced"]) > np.mean(recalls["plain"]), recalls
    assert run.variables["accuracy"]["plain"] > run.variables["accuracy"]["balanced"] > 0.5


def test_scores_are_probabilities_whose_largest_is_the_label(run: Run) -> None:
    assert run.variables["sums"] == pytest.approx(np.ones(2000), abs=1e-4)
    assert run.variables["first_of_score"] == run.variables["first_of_label"]


def test_nothing_is_left_of_it(run: Run) -> None:
    assert run.left_over == {"Endpoints": [], "EndpointConfigs": [], "Models": []}
