"""Sparse records, in each input mode."""

import pytest

from tests.notebook.conftest import Run, RunNotebook


@pytest.fixture(scope="module")
def run(run_notebook: RunNotebook) -> Run:
    return run_notebook("linear_learner_input_modes", "f_betas", "accuracy")


def test_files_are_files_however_they_come(run: Run) -> None:
    f_betas = run.variables["f_betas"]
    assert f_betas["file"] == f_betas["fast_file"]


def test_a_model_that_read_pipes_is_as_good(run: Run) -> None:
    f_betas = run.variables["f_betas"]
    assert f_betas["pipe"] == pytest.approx(f_betas["file"], abs=0.02)
    assert f_betas["shuffled"] == pytest.approx(f_betas["file"], abs=0.02)
    assert f_betas["file"] > 0.85


def test_sparse_records_are_answered(run: Run) -> None:
    assert run.variables["accuracy"] > 0.8


def test_nothing_is_left_of_it(run: Run) -> None:
    assert run.left_over == {"Endpoints": [], "EndpointConfigs": [], "Models": []}
