import io
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from cli import command_line, commands, predict
from cli.aws import Aws
from cli.errors import CliError
from cli.predict import Row, batches, read_rows
from cli.stack import Stack

Stub = Callable[[str], Stubber]


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "digits.csv"
    path.write_text("\n".join(lines))
    return path


def _answer(stub: Stub, body: bytes, *scores: float) -> None:
    """Lay out an answer to a request with that body."""
    predictions = [{"score": score, "predicted_label": int(score > 0.5)} for score in scores]
    content = json.dumps({"predictions": predictions}).encode()
    stub("sagemaker_runtime").add_response(
        "invoke_endpoint",
        {"Body": StreamingBody(io.BytesIO(content), len(content))},
        {
            "EndpointName": "live",
            "Body": body,
            "ContentType": "text/csv",
            "Accept": "application/json",
        },
    )


def _refuse(stub: Stub, body: bytes, reason: str = "unable to evaluate payload provided") -> None:
    stub("sagemaker_runtime").add_client_error(
        "invoke_endpoint",
        "ModelError",
        f"Received client error (400) from primary with message {reason!r}.",
        modeled_fields={"OriginalStatusCode": 400, "OriginalMessage": reason},
        expected_params={
            "EndpointName": "live",
            "Body": body,
            "ContentType": "text/csv",
            "Accept": "application/json",
        },
    )


def test_rows_keep_the_numbers_of_their_lines(tmp_path: Path) -> None:
    rows = list(read_rows(_file(tmp_path, "1,2", "", "3,4\r", "")))

    assert rows == [Row(1, b"1,2"), Row(3, b"3,4")]


def test_requests_are_as_large_as_is_admitted_and_no_larger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(predict, "MAXIMUM_BODY_BYTES", 12)
    rows = [Row(number, b"1,2,3") for number in range(5)]

    gathered = list(batches(rows))

    assert [[row.number for row in batch] for batch in gathered] == [[0, 1], [2, 3], [4]]
    assert all(len(b"\n".join(row.text for row in batch)) <= 12 for batch in gathered)


def test_an_empty_file_sends_nothing(aws: Aws, tmp_path: Path) -> None:
    assert list(predict.predict(aws, "live", _file(tmp_path, ""))) == []


def test_each_row_gets_its_prediction(
    aws: Aws, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "MAXIMUM_BODY_BYTES", 8)
    _answer(stub, b"1,2\n3,4", 0.25, 0.75)
    _answer(stub, b"5,6", 0.5)

    found = list(predict.predict(aws, "live", _file(tmp_path, "1,2", "3,4", "", "5,6")))

    assert [(p.row, p.score, p.label) for p in found] == [(1, 0.25, 0), (2, 0.75, 1), (4, 0.5, 0)]


def test_a_row_that_is_refused_is_found_and_the_reason_told(
    aws: Aws, stub: Stub, tmp_path: Path
) -> None:
    path = _file(tmp_path, "1,2", "3,4", "5", "6,7")
    _refuse(stub, b"1,2\n3,4\n5\n6,7")
    _answer(stub, b"1,2\n3,4", 0.1, 0.2)
    _refuse(stub, b"5")
    _refuse(stub, b"5", "expected 2 features, got 1")

    with pytest.raises(CliError, match=r"digits\.csv, row 3: expected 2 features, got 1"):
        list(predict.predict(aws, "live", path))


def test_a_row_that_is_too_large_to_send_is_named(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "MAXIMUM_BODY_BYTES", 5)

    with pytest.raises(CliError, match="row 1: 7 bytes"):
        list(predict.predict(aws, "live", _file(tmp_path, "1,2,3,4")))


def test_a_missing_endpoint_is_said_so(aws: Aws, stub: Stub, tmp_path: Path) -> None:
    stub("sagemaker_runtime").add_client_error(
        "invoke_endpoint", "ValidationError", "Endpoint live of account 1 not found."
    )

    with pytest.raises(CliError, match="there is no live endpoint 'live'"):
        list(predict.predict(aws, "live", _file(tmp_path, "1,2")))


def test_a_short_answer_is_not_taken_for_one(aws: Aws, stub: Stub, tmp_path: Path) -> None:
    _answer(stub, b"1,2\n3,4", 0.1)

    with pytest.raises(CliError, match="answered 1 predictions to 2 rows"):
        list(predict.predict(aws, "live", _file(tmp_path, "1,2", "3,4")))


def test_a_missing_file_is_said_so(aws: Aws, tmp_path: Path) -> None:
    with pytest.raises(CliError, match=r"cannot read .*absent\.csv: No such file"):
        list(predict.predict(aws, "live", tmp_path / "absent.csv"))


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_stack(_aws: Aws, name: str) -> Stack:
        return Stack(name=name, bucket="b", state_machine="m", endpoint="live")

    monkeypatch.setattr(commands, "find_stack", find_stack)


@pytest.mark.usefixtures("live")
def test_predictions_are_written_to_standard_output(
    aws: Aws, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _answer(stub, b"1,2", 0.75)

    commands.predict_file(aws, "mine", path=_file(tmp_path, "1,2"), output=None)

    assert capsys.readouterr().out == "row,score,predicted_label\n1,0.75,1\n"


@pytest.mark.usefixtures("live")
def test_a_file_of_predictions_is_whole_or_not_there(
    aws: Aws, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "MAXIMUM_BODY_BYTES", 4)
    output = tmp_path / "made" / "predictions.csv"
    output.parent.mkdir()
    output.write_text("of an earlier run")
    _answer(stub, b"1,2", 0.75)
    _refuse(stub, b"3")
    _refuse(stub, b"3")

    with pytest.raises(CliError, match="row 2"):
        commands.predict_file(aws, "mine", path=_file(tmp_path, "1,2", "3"), output=output)

    assert output.read_text() == "of an earlier run"
    assert [path.name for path in output.parent.iterdir()] == ["predictions.csv"]


@pytest.mark.usefixtures("live")
def test_predictions_take_the_place_of_a_file(aws: Aws, stub: Stub, tmp_path: Path) -> None:
    output: Any = tmp_path / "predictions.csv"
    _answer(stub, b"1,2", 0.25)

    commands.predict_file(aws, "mine", path=_file(tmp_path, "1,2"), output=output)

    assert output.read_text() == "row,score,predicted_label\n1,0.25,0\n"


@pytest.mark.usefixtures("live")
def test_a_reader_that_has_seen_enough_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    read, write = os.pipe()
    os.close(read)

    with os.fdopen(write, "w", buffering=1) as nobody:
        monkeypatch.setattr(sys, "stdout", nobody)
        status = command_line.main(["predict", str(_file(tmp_path, "1,2"))])

    assert status == 128 + signal.SIGPIPE
