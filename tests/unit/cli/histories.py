"""Executions and their histories, in the shapes in which Step Functions tells them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

STARTED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:linear-learner-mnist"
EXECUTION_ARN = "arn:aws:states:us-east-1:123456789012:execution:linear-learner-mnist:first"

DEFINITION: dict[str, Any] = {
    "QueryLanguage": "JSONata",
    "StartAt": "CheckInput",
    "States": {
        "CheckInput": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {
                "FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:check-input"
            },
        },
        "Train": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
            "Arguments": {},
        },
        "Passed?": {"Type": "Choice", "Choices": []},
        "CreateCandidate": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sagemaker:createEndpoint",
            "Arguments": {},
        },
        "WaitForCandidate": {"Type": "Wait", "Seconds": 5},
        "DescribeCandidate": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeEndpoint",
            "Arguments": {},
        },
        "TestGateFailed": {"Type": "Fail"},
    },
}


def at(seconds: float) -> datetime:
    """Return the moment so long after the start."""
    return STARTED + timedelta(seconds=seconds)


class History:
    """Writes events as Step Functions does, numbered from 1."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._kinds: dict[str, str] = {}
        self.add(0, "ExecutionStarted", executionStartedEventDetails={"roleArn": "arn"})

    def add(self, seconds: float, kind: str, **details: Any) -> "History":
        number = len(self.events) + 1
        event = {
            "timestamp": at(seconds),
            "type": kind,
            "id": number,
            "previousEventId": number - 1,
        }
        self.events.append(event | details)
        return self

    def enter(self, seconds: float, state: str, kind: str = "Task") -> "History":
        self._kinds[state] = kind
        return self.add(seconds, f"{kind}StateEntered", stateEnteredEventDetails={"name": state})

    def leave(self, seconds: float, state: str) -> "History":
        kind = f"{self._kinds[state]}StateExited"
        return self.add(seconds, kind, stateExitedEventDetails={"name": state})

    def schedule(self, seconds: float) -> "History":
        details = {
            "resourceType": "lambda",
            "resource": "invoke",
            "region": "us-east-1",
            "parameters": "{}",
        }
        return self.add(seconds, "TaskScheduled", taskScheduledEventDetails=details)

    def succeed(self, seconds: float) -> "History":
        details = {"resourceType": "lambda", "resource": "invoke"}
        return self.add(seconds, "TaskSucceeded", taskSucceededEventDetails=details)

    def fail(self, seconds: float, error: str, cause: str = "") -> "History":
        details = {"resourceType": "lambda", "resource": "invoke", "error": error, "cause": cause}
        return self.add(seconds, "TaskFailed", taskFailedEventDetails=details)

    def pass_through(self, begin: float, end: float, state: str, kind: str = "Task") -> "History":
        self.enter(begin, state, kind)
        if kind == "Task":
            self.schedule(begin).succeed(end)
        return self.leave(end, state)


def description(status: str = "RUNNING", *, stopped: float | None = None, **rest: Any) -> Any:
    """Return an answer of DescribeExecution."""
    answer: dict[str, Any] = {
        "executionArn": EXECUTION_ARN,
        "stateMachineArn": MACHINE_ARN,
        "name": "first",
        "status": status,
        "startDate": STARTED,
        "input": "{}",
        "redriveCount": 0,
    }
    if stopped is not None:
        answer["stopDate"] = at(stopped)
    return answer | rest


def succeeded() -> History:
    """Return an execution with a wait loop, from its start to its end."""
    return (
        History()
        .pass_through(0.1, 0.5, "CheckInput")
        .pass_through(0.5, 4.5, "Train")
        .pass_through(4.5, 4.5, "Passed?", "Choice")
        .pass_through(4.5, 5.0, "CreateCandidate")
        .pass_through(5.0, 7.0, "WaitForCandidate", "Wait")
        .pass_through(7.0, 7.1, "DescribeCandidate")
        .pass_through(7.1, 9.1, "WaitForCandidate", "Wait")
        .pass_through(9.1, 9.3, "DescribeCandidate")
        .pass_through(9.3, 9.3, "Done", "Succeed")
        .add(9.3, "ExecutionSucceeded", executionSucceededEventDetails={})
    )


CAUSE = json.dumps({"errorMessage": "training.x: unknown key", "errorType": "ExecutionInputError"})


def failed() -> History:
    """Return an execution whose first task failed, was tried again and failed for good."""
    return (
        History()
        .enter(0.1, "CheckInput")
        .schedule(0.1)
        .fail(0.3, "Lambda.ServiceException")
        .schedule(1.3)
        .fail(1.6, "ExecutionInputError", CAUSE)
        .add(
            1.6,
            "ExecutionFailed",
            executionFailedEventDetails={"error": "ExecutionInputError", "cause": CAUSE},
        )
    )


def gate_failed() -> History:
    """Return an execution that a Fail state has ended."""
    return (
        History()
        .pass_through(0.1, 0.5, "CheckInput")
        .enter(0.5, "TestGateFailed", "Fail")
        .add(0.5, "ExecutionFailed", executionFailedEventDetails={"error": "TestGateFailed"})
    )


def aborted() -> History:
    """Return an execution that was stopped while it trained."""
    return (
        History()
        .pass_through(0.1, 0.5, "CheckInput")
        .enter(0.5, "Train")
        .schedule(0.5)
        .add(3.5, "TaskStateAborted")
        .add(3.5, "ExecutionAborted", executionAbortedEventDetails={})
    )


def timed_out() -> History:
    """Return an execution that was over its time while it waited."""
    return (
        History()
        .pass_through(0.1, 0.5, "CheckInput")
        .enter(0.5, "WaitForCandidate", "Wait")
        .add(60.5, "ExecutionTimedOut", executionTimedOutEventDetails={})
    )
