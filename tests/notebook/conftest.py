"""Runs a notebook beside an embedded AWS of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
    """What came of a notebook: what it showed, its variables, and what it left in the account."""

    output: str
    variables: dict[str, Any]
    left_over: dict[str, list[Any]]


RunNotebook = Callable[..., Run]


@pytest.fixture(scope="session")
def run_notebook(tmp_path_factory: pytest.TempPathFactory) -> RunNotebook:
    """Run a notebook of this folder, and return it with the variables that are asked for."""

    def run(name: str, *variables: str) -> Run:
        folder = tmp_path_factory.mktemp(name)
        (folder / "sdk.yaml").write_text(NO_TELEMETRY)
        beside_aws = [str(CHECKOUT / ".venv/bin/python"), "-m", "local_aws", "run", "--"]
        runner = [sys.executable, "-m", "tests.notebook.runner", name, "result.json", *variables]
        done = subprocess.run(
            beside_aws + runner,
            cwd=folder,
            env={
                **os.environ,
                "MPLBACKEND": "agg",
                "PYTHONPATH": str(CHECKOUT),
                "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(folder / "sdk.yaml"),
                "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return Run(done.stdout, **json.loads((folder / "result.json").read_text()))

    return run
