import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.stub import Stubber
from rich.console import Console

from cli.aws import Aws
from cli.failure import pretty_cause, print_failure
from cli.machine import Machine, read_machine
from cli.stack import Stack
from tests.unit.cli import histories
from tests.unit.cli.conftest import printed
from tests.unit.cli.histories import (
    DEFINITION,
    EXECUTION_ARN,
    MACHINE_ARN,
    STARTED,
    History,
)
from tests.unit.cli.test_display import snapshot

Stub = Callable[[str], Stubber]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:check-input"
LOG_GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/executions:*"


@pytest.fixture
def machine(aws: Aws, stub: Stub) -> Machine:
    states = stub("step_functions")
    states.add_response(
        "describe_state_machine_for_execution",
        {
            "stateMachineArn": MACHINE_ARN,
            "name": "linear-learner-mnist",
            "definition": json.dumps(DEFINITION),
            "roleArn": "arn:aws:iam::123456789012:role/machine",
            "updateDate": STARTED,
        },
        {"executionArn": EXECUTION_ARN},
    )
    states.add_response(
        "describe_state_machine",
        {
            "stateMachineArn": MACHINE_ARN,
            "name": "linear-learner-mnist",
            "definition": "{}",
            "roleArn": "arn:aws:iam::123456789012:role/machine",
            "type": "STANDARD",
            "creationDate": STARTED,
            "loggingConfiguration": {
                "level": "ALL",
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": LOG_GROUP}}],
            },
        },
        {"stateMachineArn": MACHINE_ARN},
    )
    return read_machine(aws, EXECUTION_ARN)


def _told(
    console: Console, aws: Aws, stack: Stack, machine: Machine, history: History, status: str
) -> list[str]:
    last = history.events[-1]
    shown = snapshot(history, 3600, status=status)
    details = last.get("executionFailedEventDetails", {})
    ended = replace(shown.execution, error=details.get("error"), cause=details.get("cause"))
    print_failure(console, aws, stack, machine, replace(shown, execution=ended))
    return printed(console).splitlines()


def test_a_failed_function_is_told_with_its_log(
    aws: Aws, stub: Stub, stack: Stack, machine: Machine, console: Console
) -> None:
    stub("functions").add_response(
        "get_function_configuration",
        {"LoggingConfig": {"LogGroup": "/pipeline/check-input"}},
        {"FunctionName": FUNCTION},
    )

    lines = _told(console, aws, stack, machine, histories.failed(), "FAILED")

    assert lines[:4] == [
        "state    CheckInput",
        "error    ExecutionInputError",
        "cause    training.x: unknown key",
        "logs     /pipeline/check-input",
    ]
    assert lines[4].strip() == (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logsV2:log-groups/log-group/$252Fpipeline$252Fcheck-input"
    )
    assert lines[5] == "logs     /executions"
    assert lines[-1].endswith(f"#/v2/executions/details/{EXECUTION_ARN}")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_who_may_not_ask_is_told_the_usual_log_group(
    aws: Aws, stub: Stub, stack: Stack, machine: Machine, console: Console, code: str
) -> None:
    stub("functions").add_client_error("get_function_configuration", code, "no")

    lines = _told(console, aws, stack, machine, histories.failed(), "FAILED")

    assert "logs     /aws/lambda/check-input" in lines


def test_a_gate_is_told_with_the_task_before_it(
    aws: Aws, stub: Stub, stack: Stack, machine: Machine, console: Console
) -> None:
    stub("functions").add_response("get_function_configuration", {})

    lines = _told(console, aws, stack, machine, histories.gate_failed(), "FAILED")

    assert lines[0] == "state    TestGateFailed, after CheckInput"
    assert lines[1] == "error    TestGateFailed"


def test_an_aborted_training_is_told_with_its_log(
    aws: Aws, stack: Stack, machine: Machine, console: Console
) -> None:
    lines = _told(console, aws, stack, machine, histories.aborted(), "ABORTED")

    assert lines[0] == "state    Train"
    assert lines[1] == "error    none: the execution is ABORTED"
    assert lines[2].startswith(f"logs     /aws/sagemaker/TrainingJobs  {stack.hash}-")


def test_a_time_out_while_the_candidate_comes_is_told_with_the_endpoints_log(
    aws: Aws, stack: Stack, machine: Machine, console: Console
) -> None:
    history = History().pass_through(0.1, 0.2, "CreateCandidate")
    history.enter(0.3, "WaitForCandidate", "Wait").add(60, "ExecutionTimedOut")

    lines = _told(console, aws, stack, machine, history, "TIMED_OUT")

    assert lines[0] == "state    WaitForCandidate, after CreateCandidate"
    assert lines[2].startswith(f"logs     /aws/sagemaker/Endpoints/{stack.hash}-")


@pytest.mark.parametrize(
    ("cause", "pretty"),
    [
        ("plain words", "plain words"),
        ('{"gate":"test","passed":false}', '{\n  "gate": "test",\n  "passed": false\n}'),
        ('["a"]', '[\n  "a"\n]'),
        (
            '{"errorMessage":"two\\nlines","errorType":"E","stackTrace":["  File x"]}',
            "two\nlines",
        ),
    ],
)
def test_causes_are_laid_out_for_people(cause: str, pretty: str) -> None:
    assert pretty_cause(cause) == pretty
