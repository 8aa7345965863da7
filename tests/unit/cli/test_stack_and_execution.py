from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from cli import execution
from cli.aws import Aws
from cli.errors import REFUSED, CliError
from cli.execution import await_execution, describe_execution, find_execution, start_execution
from cli.stack import Stack, find_stack
from contract.outputs import BUCKET_OUTPUT, ENDPOINT_OUTPUT, STATE_MACHINE_OUTPUT
from tests.unit.cli.histories import EXECUTION_ARN, MACHINE_ARN, STARTED, description

Stub = Callable[[str], Stubber]


def _describe(stub: Stub, outputs: dict[str, str], status: str = "CREATE_COMPLETE") -> None:
    answer: dict[str, Any] = {
        "StackName": "mine",
        "CreationTime": STARTED,
        "StackStatus": status,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
    }
    stub("cloudformation").add_response("describe_stacks", {"Stacks": [answer]})


def test_the_outputs_of_the_stack_are_read(aws: Aws, stub: Stub) -> None:
    _describe(
        stub,
        {
            BUCKET_OUTPUT: "the-bucket",
            STATE_MACHINE_OUTPUT: MACHINE_ARN,
            ENDPOINT_OUTPUT: "mine",
        },
    )

    stack = find_stack(aws, "mine")

    assert (stack.bucket, stack.state_machine, stack.endpoint) == (
        "the-bucket",
        MACHINE_ARN,
        "mine",
    )


def test_a_stack_that_is_not_deployed_is_said_so(aws: Aws, stub: Stub) -> None:
    stub("cloudformation").add_client_error(
        "describe_stacks", "ValidationError", "Stack with id mine does not exist"
    )

    with pytest.raises(CliError, match="'mine' is not deployed in us-east-1: deploy it"):
        find_stack(aws, "mine")


def test_a_stack_that_is_not_whole_is_said_so(aws: Aws, stub: Stub) -> None:
    _describe(stub, {BUCKET_OUTPUT: "the-bucket"}, "ROLLBACK_COMPLETE")

    with pytest.raises(CliError, match=f"ROLLBACK_COMPLETE and has no output {ENDPOINT_OUTPUT}"):
        find_stack(aws, "mine")


def test_the_latest_execution_is_found(aws: Aws, stub: Stub, stack: Stack) -> None:
    latest = {
        "executionArn": EXECUTION_ARN,
        "stateMachineArn": MACHINE_ARN,
        "name": "first",
        "status": "RUNNING",
        "startDate": STARTED,
    }
    stub("step_functions").add_response(
        "list_executions",
        {"executions": [latest]},
        {"stateMachineArn": MACHINE_ARN, "maxResults": 1},
    )

    assert find_execution(stack, aws, None) == EXECUTION_ARN


def test_no_execution_yet_is_said_so(aws: Aws, stub: Stub, stack: Stack) -> None:
    stub("step_functions").add_response("list_executions", {"executions": []})

    with pytest.raises(CliError, match="no execution yet: start one"):
        find_execution(stack, aws, None)


@pytest.mark.parametrize("wanted", ["first", EXECUTION_ARN])
def test_an_execution_is_found_by_name_and_by_arn(
    aws: Aws, stub: Stub, stack: Stack, wanted: str
) -> None:
    stub("step_functions").add_response(
        "describe_execution", description(), {"executionArn": EXECUTION_ARN}
    )

    assert find_execution(stack, aws, wanted) == EXECUTION_ARN


def test_an_execution_of_another_machine_is_refused(aws: Aws, stack: Stack) -> None:
    other = EXECUTION_ARN.replace("linear-learner-mnist", "other")

    with pytest.raises(CliError, match="is not an execution of stack") as refused:
        find_execution(stack, aws, other)
    assert refused.value.status == REFUSED


def test_a_missing_execution_is_said_so(aws: Aws, stub: Stub, stack: Stack) -> None:
    stub("step_functions").add_client_error("describe_execution", "ExecutionDoesNotExist", "no")

    with pytest.raises(CliError, match=f"there is no execution {EXECUTION_ARN}") as refused:
        find_execution(stack, aws, "first")
    assert refused.value.status == REFUSED


def test_an_execution_is_described(aws: Aws, stub: Stub) -> None:
    answer = description("FAILED", stopped=5, error="E", cause="c")
    stub("step_functions").add_response("describe_execution", answer)

    execution = describe_execution(aws, EXECUTION_ARN)

    assert execution.has_ended
    assert not execution.succeeded
    assert (execution.error, execution.cause, execution.output) == ("E", "c", None)


def test_an_execution_is_started_with_its_name(aws: Aws, stub: Stub, stack: Stack) -> None:
    stub("step_functions").add_response(
        "start_execution",
        {"executionArn": EXECUTION_ARN, "startDate": STARTED},
        {"stateMachineArn": MACHINE_ARN, "input": "{}", "name": "first"},
    )

    assert start_execution(aws, stack, "{}", "first") == EXECUTION_ARN


@pytest.mark.parametrize("code", ["ExecutionAlreadyExists", "InvalidName"])
def test_a_name_that_cannot_be_is_refused(aws: Aws, stub: Stub, stack: Stack, code: str) -> None:
    stub("step_functions").add_client_error("start_execution", code, "Already exists: 'first'")

    with pytest.raises(CliError, match="--name 'first': Already exists") as refused:
        start_execution(aws, stack, "{}", "first")
    assert refused.value.status == REFUSED


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_VISIBILITY_DELAYS", (0.0, 0.0))


def _not_seen(stub: Stub, times: int) -> None:
    for _ in range(times):
        stub("step_functions").add_client_error("describe_execution", "ExecutionDoesNotExist")


@pytest.mark.usefixtures("no_pauses")
def test_an_execution_that_is_not_seen_yet_is_waited_for(aws: Aws, stub: Stub) -> None:
    _not_seen(stub, 1)
    stub("step_functions").add_response("describe_execution", description("RUNNING"))

    await_execution(aws, EXECUTION_ARN)


@pytest.mark.usefixtures("no_pauses")
def test_an_execution_that_is_never_seen_is_said_so(aws: Aws, stub: Stub) -> None:
    _not_seen(stub, 3)

    with pytest.raises(CliError, match="there is no execution"):
        await_execution(aws, EXECUTION_ARN)
