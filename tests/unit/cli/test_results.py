import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from rich.console import Console

from cli.aws import Aws
from cli.errors import CliError
from cli.report import print_results
from cli.results import Results, fetch_results, save_results
from cli.stack import Stack
from contract.names import ExecutionNames, confusion_matrix_key, evaluation_key
from tests.unit.cli import histories
from tests.unit.cli.conftest import printed
from tests.unit.cli.histories import EXECUTION_ARN, STARTED, History, description

Stub = Callable[[str], Stubber]

EVALUATION: dict[str, Any] = {
    "execution": EXECUTION_ARN,
    "endpoint": "ab-cd",
    "model": "ab-cd",
    "dataset": {"uri": "s3://b/k", "sha256": "0" * 64, "format": "pickle", "records": 10_000},
    "confusion_matrix": {"labels": [0, 1], "matrix": [[8990, 30], [40, 940]]},
    "metrics": {
        "accuracy": 0.993,
        "precision": 0.9691,
        "recall": 0.9592,
        "f1": 0.9641,
        "roc_auc": 0.9991,
        "log_loss": 0.0213,
    },
    "highest_negative_score": 0.4321,
    "lowest_positive_score": 0.5432,
    "latency_ms": {"requests": 8, "p50": 41.0, "p90": 50.0, "p99": 58.0, "maximum": 60.0},
    "seconds": 0.4,
    "records_per_second": 25_000.0,
}
OUTPUT: dict[str, Any] = {
    "confusion_matrix": EVALUATION["confusion_matrix"],
    "metrics": EVALUATION["metrics"],
    "verdicts": [
        {
            "gate": "test",
            "passed": True,
            "metric": "f1",
            "minimum": 0.9,
            "value": 0.9641,
            "reasons": ["f1 is 0.9641, at least 0.9"],
        }
    ],
    "endpoint": "linear-learner-mnist",
    "uris": {
        "evaluation": "s3://the-bucket/evaluations/first/evaluation.json",
        "confusion_matrix": "s3://the-bucket/evaluations/first/confusion_matrix.csv",
        "manifest": "s3://the-bucket/prepared/first/0-0/manifest.json",
        "model_artifact": "s3://the-bucket/models/job/output/model.tar.gz",
    },
}
MATRIX = b"actual,0,1\n0,8990,30\n1,40,940\n"


def _execution(stub: Stub, answer: dict[str, Any], history: History) -> None:
    states = stub("step_functions")
    states.add_response("describe_execution", answer)
    states.add_response("get_execution_history", {"events": history.events[::-1]})


def _object(stub: Stub, stack: Stack, key: str, content: bytes) -> None:
    body = StreamingBody(io.BytesIO(content), len(content))
    stub("s3").add_response("get_object", {"Body": body}, {"Bucket": stack.bucket, "Key": key})


def _no_object(stub: Stub, code: str) -> None:
    stub("s3").add_client_error("get_object", code, "no")


def _folder(stack: Stack) -> str:
    return ExecutionNames.of(
        stack_hash=stack.hash,
        execution_arn=EXECUTION_ARN,
        execution_name="first",
        start_time=STARTED,
    ).folder


@pytest.fixture
def fetched(aws: Aws, stub: Stub, stack: Stack) -> Results:
    answer = description("SUCCEEDED", stopped=9.3, output=json.dumps(OUTPUT))
    _execution(stub, answer, histories.succeeded())
    _object(stub, stack, evaluation_key(_folder(stack)), json.dumps(EVALUATION).encode())
    _object(stub, stack, confusion_matrix_key(_folder(stack)), MATRIX)
    return fetch_results(aws, stack, EXECUTION_ARN)


def test_the_folder_gets_the_files_of_the_execution(fetched: Results, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "latest"
    save_results(fetched, folder)

    assert sorted(path.name for path in folder.iterdir()) == [
        "confusion_matrix.csv",
        "evaluation.json",
        "execution.json",
    ]
    assert (folder / "confusion_matrix.csv").read_bytes() == MATRIX
    assert json.loads((folder / "evaluation.json").read_text()) == EVALUATION


def test_execution_json_tells_status_and_the_seconds_of_every_state(fetched: Results) -> None:
    document = json.loads(fetched.files["execution.json"])

    assert document["status"] == "SUCCEEDED"
    assert document["arn"] == EXECUTION_ARN
    assert document["started"] == "2026-03-01T12:00:00.000+00:00"
    assert document["seconds"] == 9.3
    assert document["states"] == {
        "CheckInput": 0.4,
        "Train": 4.0,
        "Passed?": 0.0,
        "CreateCandidate": 0.5,
        "WaitForCandidate": 4.0,
        "DescribeCandidate": 0.3,
        "Done": 0.0,
    }
    assert document["input"] == {}
    assert document["output"] == OUTPUT


def test_files_of_another_kind_in_the_folder_stay(fetched: Results, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "execution.json").write_text("of an earlier one")
    save_results(fetched, tmp_path)

    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert json.loads((tmp_path / "execution.json").read_text())["name"] == "first"


def test_what_a_killed_command_has_left_is_removed(fetched: Results, tmp_path: Path) -> None:
    abandoned = tmp_path / ".fetched-abandoned"
    abandoned.mkdir()
    (abandoned / "evaluation.json").write_text("half")

    save_results(fetched, tmp_path)

    assert not abandoned.exists()


def test_a_failed_execution_takes_away_what_is_not_its_own(
    aws: Aws, stub: Stub, stack: Stack, tmp_path: Path
) -> None:
    (tmp_path / "evaluation.json").write_text("of an earlier one")
    answer = description("FAILED", stopped=1.6, error="ExecutionInputError", cause="why")
    _execution(stub, answer, histories.failed())
    _no_object(stub, "NoSuchKey")
    _no_object(stub, "AccessDenied")

    results = fetch_results(aws, stack, EXECUTION_ARN)
    save_results(results, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["execution.json"]
    document = json.loads((tmp_path / "execution.json").read_text())
    assert (document["status"], document["error"], document["cause"]) == (
        "FAILED",
        "ExecutionInputError",
        "why",
    )
    assert results.output is None


def test_a_disk_that_fails_midway_leaves_what_was_there(
    fetched: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = {name: f"earlier {name}" for name in fetched.files}
    for name, text in earlier.items():
        (tmp_path / name).write_text(text)
    write = Path.write_bytes

    def full_disk(path: Path, content: bytes) -> int:
        if path.name == "confusion_matrix.csv":
            raise OSError("no space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space left"):
        save_results(fetched, tmp_path)

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == earlier


def test_a_succeeded_execution_without_evaluation_is_an_error(
    aws: Aws, stub: Stub, stack: Stack
) -> None:
    answer = description("SUCCEEDED", stopped=9.3, output=json.dumps(OUTPUT))
    _execution(stub, answer, histories.succeeded())
    _no_object(stub, "NoSuchKey")

    with pytest.raises(CliError, match=r"evaluation\.json is missing or forbidden"):
        fetch_results(aws, stack, EXECUTION_ARN)


def test_a_running_execution_has_no_results_yet(aws: Aws, stub: Stub, stack: Stack) -> None:
    stub("step_functions").add_response("describe_execution", description())

    with pytest.raises(CliError, match="first is RUNNING: follow it with"):
        fetch_results(aws, stack, EXECUTION_ARN)


def test_the_results_are_printed_beside_the_notebooks(fetched: Results, console: Console) -> None:
    print_results(console, fetched)

    text = printed(console)
    rows = [line.split() for line in text.splitlines()]
    assert ["│", "0", "│", "8990", "│", "30", "│", "8976", "│", "44", "│"] in rows
    assert ["│", "1", "│", "40", "│", "940", "│", "49", "│", "931", "│"] in rows
    assert ["│", "f1", "│", "0.9641", "│", "0.9524", "│"] in rows
    assert ["│", "accuracy", "│", "0.9930", "│", "0.9907", "│"] in rows
    assert "test gate         passed: f1 is 0.9641, at least 0.9" in text
    assert "10000 records in 0.40 s (25,000 a second); 8 requests, p50 41 ms, p99 58 ms" in text
    assert "between 0.432100 and 0.543200" in text
    assert "endpoint          linear-learner-mnist" in text


@pytest.mark.parametrize(
    ("execution_input", "records"), [({"dataset": {"positive_label": 7}}, 10_000), ({}, 99)]
)
def test_another_case_does_not_stand_beside_the_notebooks(
    aws: Aws,
    stub: Stub,
    stack: Stack,
    console: Console,
    execution_input: dict[str, Any],
    records: int,
) -> None:
    evaluation = EVALUATION | {"dataset": EVALUATION["dataset"] | {"records": records}}
    answer = description(
        "SUCCEEDED", stopped=9.3, output=json.dumps(OUTPUT), input=json.dumps(execution_input)
    )
    _execution(stub, answer, histories.succeeded())
    _object(stub, stack, evaluation_key(_folder(stack)), json.dumps(evaluation).encode())
    _object(stub, stack, confusion_matrix_key(_folder(stack)), MATRIX)

    print_results(console, fetch_results(aws, stack, EXECUTION_ARN))

    assert "notebook" not in printed(console)


def test_a_metric_that_there_is_not_is_printed_as_none(fetched: Results, console: Console) -> None:
    assert fetched.evaluation is not None
    metrics = fetched.evaluation.metrics.model_copy(update={"log_loss": None})
    evaluation = fetched.evaluation.model_copy(update={"metrics": metrics})
    print_results(console, replace(fetched, evaluation=evaluation))
    rows = [line.split() for line in printed(console).splitlines()]
    assert ["│", "log_loss", "│", "none", "│", "│"] in rows
