"""What is said of an execution that did not succeed: where, why, and where the logs are."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console

from cli.aws import Aws
from cli.errors import error_code, is_denied
from cli.history import Timeline
from cli.machine import Machine
from cli.stack import Stack
from cli.training import TRAINING_LOG_GROUP
from cli.watch import Snapshot


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where lines of log are: a group, and how the names of its streams begin."""

    group: str
    streams: str = ""


def print_failure(
    console: Console, aws: Aws, stack: Stack, machine: Machine, snapshot: Snapshot
) -> None:
    """Print where an execution ended, its error and cause, and where the logs are."""
    execution = snapshot.execution

    def line(word: str, text: str) -> None:
        indented = text.replace("\n", "\n" + " " * 9)
        console.print(f"{word:7}  {indented}", soft_wrap=True)

    line("state", _where(snapshot.timeline))
    line("error", execution.error or f"none: the execution is {execution.status}")
    if execution.cause:
        line("cause", pretty_cause(execution.cause))
    for place in _log_places(aws, stack, machine, snapshot):
        line("logs", f"{place.group}  {place.streams}".rstrip())
        if (link := aws.log_group_link(place.group)) is not None:
            line("", link)
    if (link := aws.execution_link(execution.arn)) is not None:
        line("console", link)


def pretty_cause(cause: str) -> str:
    """Return a cause as people read it: what a Lambda raised, or JSON laid out, or the text.

    The stack trace of a Lambda is left to its log and to ``execution.json``.
    """
    try:
        value: Any = json.loads(cause)
    except ValueError:
        return cause
    try:
        return str(value["errorMessage"])
    except (KeyError, TypeError):
        return json.dumps(value, indent=2, ensure_ascii=False)


def _where(timeline: Timeline) -> str:
    if not timeline.visits:
        return "none was entered"
    last = timeline.visits[-1]
    task = _last_task(timeline)
    if task is None or task == last.state:
        return last.state
    return f"{last.state}, after {task}"


def _last_task(timeline: Timeline) -> str | None:
    return next((visit.state for visit in reversed(timeline.visits) if visit.kind == "Task"), None)


def _log_places(aws: Aws, stack: Stack, machine: Machine, snapshot: Snapshot) -> list[LogPlace]:
    """Return the logs of what failed, and last the log of the state machine."""
    task = _last_task(snapshot.timeline)
    names = snapshot.execution.names(stack)
    places: list[LogPlace] = []
    if (function := machine.functions.get(task or "")) is not None:
        places.append(LogPlace(_function_log_group(aws, function)))
    if task in machine.training:
        places.append(LogPlace(TRAINING_LOG_GROUP, f"{names.resource}-*"))
    elif machine.hosting & {visit.state for visit in snapshot.timeline.visits}:
        places.append(LogPlace(f"/aws/sagemaker/Endpoints/{names.resource}"))
    group = _machine_log_group(aws, machine)
    return [*places, LogPlace(group)] if group is not None else places


def _function_log_group(aws: Aws, function: str) -> str:
    name = function.rpartition(":function:")[2].partition(":")[0]
    try:
        answer = aws.functions.get_function_configuration(FunctionName=function)
    except ClientError as error:
        if not is_denied(error) and error_code(error) != "ResourceNotFoundException":
            raise
        return f"/aws/lambda/{name}"
    return answer.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")


def _machine_log_group(aws: Aws, machine: Machine) -> str | None:
    answer = aws.step_functions.describe_state_machine(stateMachineArn=machine.arn)
    destinations = answer.get("loggingConfiguration", {}).get("destinations", [])
    arns = [d.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "") for d in destinations]
    return next((arn.split(":log-group:")[1].removesuffix(":*") for arn in arns if arn), None)
