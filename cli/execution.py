"""One execution of the pipeline: found, started, described."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from botocore.exceptions import ClientError

from cli.aws import Aws
from cli.errors import REFUSED, CliError, error_code, error_message
from cli.stack import Stack
from contract.names import ExecutionNames, check_execution_name

_VISIBILITY_DELAYS: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between looks for an execution that was just started."""

_ENDED: Final = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})


@dataclass(frozen=True, slots=True)
class Execution:
    """What DescribeExecution says of an execution.

    Attributes
    ----------
    input, output
        JSON as text; only an execution that SUCCEEDED has an output.
    error, cause
        Of one that did not.
    redrives
        How often it was taken up again after a failure.
    """

    arn: str
    name: str
    status: str
    started: datetime
    stopped: datetime | None
    input: str
    output: str | None
    error: str | None
    cause: str | None
    redrives: int

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _ENDED

    @property
    def succeeded(self) -> bool:
        """Whether it ended as it should."""
        return self.status == "SUCCEEDED"

    def names(self, stack: Stack) -> ExecutionNames:
        """Return the names of what it creates."""
        return ExecutionNames.of(
            stack_hash=stack.hash,
            execution_arn=self.arn,
            execution_name=self.name,
            start_time=self.started,
        )


def find_execution(stack: Stack, aws: Aws, wanted: str | None) -> str:
    """Return the ARN of an execution of the stack.

    Parameters
    ----------
    wanted
        Its name or its ARN; None for the one that was started last.

    Raises
    ------
    CliError
        If none was started yet, there is none of that name, or the ARN is of
        another state machine.
    """
    prefix = stack.state_machine.replace(":stateMachine:", ":execution:") + ":"
    if wanted is None:
        return _latest(stack, aws)
    arn = wanted if wanted.startswith("arn:") else prefix + wanted
    if not arn.startswith(prefix):
        raise CliError(
            f"{wanted} is not an execution of stack {stack.name!r}: its ARNs begin with {prefix}",
            status=REFUSED,
        )
    return describe_execution(aws, arn).arn


def _latest(stack: Stack, aws: Aws) -> str:
    answer = aws.step_functions.list_executions(stateMachineArn=stack.state_machine, maxResults=1)
    if not answer["executions"]:
        raise CliError(
            f"stack {stack.name!r} has no execution yet: start one with 'python -m cli start'"
        )
    return answer["executions"][0]["executionArn"]


def describe_execution(aws: Aws, arn: str) -> Execution:
    """Ask for the state of an execution.

    Raises
    ------
    CliError
        If there is none of that ARN.
    """
    try:
        answer = aws.step_functions.describe_execution(executionArn=arn)
    except ClientError as error:
        if error_code(error) == "ExecutionDoesNotExist":
            raise CliError(f"there is no execution {arn}", status=REFUSED) from error
        raise
    return Execution(
        arn=answer["executionArn"],
        name=answer.get("name", arn.rpartition(":")[2]),
        status=answer["status"],
        started=answer["startDate"],
        stopped=answer.get("stopDate"),
        input=answer.get("input", "{}"),
        output=answer.get("output"),
        error=answer.get("error"),
        cause=answer.get("cause"),
        redrives=answer.get("redriveCount", 0),
    )


def await_execution(aws: Aws, arn: str) -> None:
    """Wait until Step Functions knows an execution: what was just started may not be seen yet.

    Raises
    ------
    CliError
        If there is none of that ARN after some seconds.
    """
    for delay in _VISIBILITY_DELAYS:
        try:
            aws.step_functions.describe_execution(executionArn=arn)
        except aws.step_functions.exceptions.ExecutionDoesNotExist:
            time.sleep(delay)
        else:
            return
    describe_execution(aws, arn)


def start_execution(aws: Aws, stack: Stack, execution_input: str, name: str | None) -> str:
    """Start an execution and return its ARN.

    Raises
    ------
    CliError
        If Step Functions refuses the name, or it was used before.
    """
    try:
        request = {"name": check_execution_name(name)} if name is not None else {}
        answer = aws.step_functions.start_execution(
            stateMachineArn=stack.state_machine, input=execution_input, **request
        )
    except ValueError as error:
        raise CliError(f"--name: {error}", status=REFUSED) from error
    except ClientError as error:
        if error_code(error) in {"ExecutionAlreadyExists", "InvalidName"}:
            raise CliError(f"--name {name!r}: {error_message(error)}", status=REFUSED) from error
        raise
    return answer["executionArn"]
