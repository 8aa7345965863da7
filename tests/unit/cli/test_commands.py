from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from cli import command_line, commands
from cli.aws import Aws
from cli.errors import FAILED
from cli.stack import Stack
from cli.watch import Snapshot
from tests.unit.cli import histories
from tests.unit.cli.histories import EXECUTION_ARN
from tests.unit.cli.test_display import snapshot

INTERRUPTED = 130


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    def find_stack(_aws: Aws, name: str) -> Stack:
        return replace(stack, name=name)

    def start_execution(_aws: Aws, _stack: Stack, execution_input: str, _name: str | None) -> str:
        assert execution_input == "{}"
        return EXECUTION_ARN

    def find_execution(_stack: Stack, _aws: Aws, wanted: str | None) -> str:
        assert wanted == "first"
        return EXECUTION_ARN

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(commands, "find_stack", find_stack)
    monkeypatch.setattr(commands, "find_execution", find_execution)
    monkeypatch.setattr(commands, "start_execution", start_execution)


def _end_as(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    def show_execution(*_: object) -> Snapshot:
        return snapshot(histories.succeeded(), 9.3, status=status)

    monkeypatch.setattr(commands, "show_execution", show_execution)


def test_start_says_what_it_has_started_and_where_to_look(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command_line.main(["start"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"started {EXECUTION_ARN}",
        "https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1"
        f"#/v2/executions/details/{EXECUTION_ARN}",
    ]


def test_the_embedded_aws_has_no_console(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:4566")

    command_line.main(["start"])

    assert capsys.readouterr().out.splitlines() == [f"started {EXECUTION_ARN}"]


@pytest.mark.parametrize(
    ("status", "code"),
    [("SUCCEEDED", 0), ("FAILED", FAILED), ("ABORTED", FAILED), ("TIMED_OUT", FAILED)],
)
def test_the_exit_status_is_that_of_the_execution(
    monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    _end_as(monkeypatch, status)

    assert command_line.main(["start", "--watch"]) == code
    assert command_line.main(["watch", "first"]) == code


def test_an_interrupted_watch_leaves_the_execution_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "show_execution", interrupt)

    assert command_line.main(["watch", "first"]) == INTERRUPTED

    said = capsys.readouterr().out
    assert "the execution goes on" in said
    assert f"aws stepfunctions stop-execution --execution-arn {EXECUTION_ARN}" in said


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command_line.main([])
    assert refused.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_results_go_to_a_folder_of_their_own_by_default() -> None:
    options = command_line.make_parser().parse_args(["results"])

    assert options.output == Path("out/latest")
