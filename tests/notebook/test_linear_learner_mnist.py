"""The notebook's own sequence, unchanged, on the embedded AWS."""

import difflib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.runner import CELLS, adapted

CHECKOUT = Path(__file__).resolve().parents[2]
NO_TELEMETRY = """\
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
"""
SECONDS = 300


@dataclass(frozen=True)
class Run:
    output: str
    result: dict[str, Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "sdk.yaml").write_text(NO_TELEMETRY)
    beside_aws = [str(CHECKOUT / ".venv/bin/python"), "-m", "local_aws", "run", "--"]
    runner = [sys.executable, "-m", "tests.notebook.runner", "result.json"]
    done = subprocess.run(
        beside_aws + runner,
        cwd=folder,
        env={
            **os.environ,
            "MPLBACKEND": "agg",
            "PYTHONPATH": str(CHECKOUT),
            "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(folder / "sdk.yaml"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return Run(done.stdout, json.loads((folder / "result.json").read_text()))


def test_only_lines_that_say_session_role_or_region_differ() -> None:
    cells = CELLS.read_text()
    changed = [
        line[2:]
        for line in difflib.ndiff(cells.splitlines(), adapted(cells).splitlines())
        if line.startswith(("- ", "+ "))
    ]
    assert {line.split(" = ")[0] for line in changed} <= {"session", "role", "region"}


def test_the_log_of_the_training_is_shown(run: Run) -> None:
    assert "Starting - Starting the training job" in run.output
    assert "#quality_metric: host=algo-1, train binary_f_1.000 <score>=" in run.output
    assert "Completed - Training job completed" in run.output
    assert "Billable seconds: " in run.output


def test_one_record_is_answered_with_score_and_label(run: Run) -> None:
    (line,) = [line for line in run.output.splitlines() if line.startswith("{'predictions'")]
    assert "'score': " in line
    assert "'predicted_label': " in line


def test_the_confusion_matrix_is_no_worse_than_the_published_one(run: Run) -> None:
    (true_negatives, false_positives), (false_negatives, true_positives) = run.result["confusion"]
    assert true_negatives + false_positives == 9020
    assert false_negatives + true_positives == 980
    f1 = 2 * true_positives / (2 * true_positives + false_positives + false_negatives)
    assert f1 >= 0.9524, run.result["confusion"]


def test_nothing_is_left_of_it(run: Run) -> None:
    assert run.result["left_over"] == {"Endpoints": [], "EndpointConfigs": [], "Models": []}
