"""States of the Amazon States Language, the one way in which all phases write them."""

from collections.abc import Mapping, Sequence
from typing import Final

from infra.function_specs import FUNCTIONS

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
State = Mapping[str, Json]
States = dict[str, State]

INTEGRATION: Final = "arn:${Partition}:states:::"
"""What the ARN of an integration begins with; the partition is substituted at deploy."""

CAUSE_LIMIT: Final = 32_768
"""Characters of a cause that Step Functions keeps."""

_API_SECONDS: Final = 60
_DELIVERY_SECONDS: Final = 30
"""What a task gets beyond its function's own timeout, for the invocation to come and go."""

LAMBDA_RETRY: Final[Mapping[str, Json]] = {
    "ErrorEquals": [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}
"""Trouble between Step Functions and Lambda; what a handler raises is an answer."""

_CONNECTION_TROUBLE: Final = "SageMaker.SdkClientException"

SAGEMAKER_RETRY: Final[Mapping[str, Json]] = {
    "ErrorEquals": ["SageMaker.SageMakerException", _CONNECTION_TROUBLE],
    "IntervalSeconds": 2,
    "MaxAttempts": 3,
    "BackoffRate": 2,
    "MaxDelaySeconds": 10,
    "JitterStrategy": "FULL",
}
"""Short, since the first name is that of every error that SageMaker's API does not model.

Throttling is among them, and so are denied access and a name that is taken.
"""

CONNECTION_RETRY: Final[Mapping[str, Json]] = {
    **SAGEMAKER_RETRY,
    "ErrorEquals": [_CONNECTION_TROUBLE],
}
"""Where SageMaker's own errors are answers: trouble between Step Functions and SageMaker alone."""


def jsonata(expression: str) -> str:
    """Return the expression in the marks that make Step Functions evaluate it."""
    return f"{{% {expression} %}}"


EXECUTION: Final[Mapping[str, Json]] = {
    "arn": jsonata("$states.context.Execution.Id"),
    "name": jsonata("$states.context.Execution.Name"),
    "start_time": jsonata("$states.context.Execution.StartTime"),
}
"""`contract.tasks.ExecutionContext`, which every function is sent."""


def task(
    resource: str,
    arguments: Mapping[str, Json],
    *,
    comment: str,
    retry: Mapping[str, Json],
    timeout_seconds: int,
    next_state: str,
    assign: Mapping[str, Json] | None = None,
    catch: Mapping[str, Json] | None = None,
) -> State:
    """Return a Task: it retries what is transient, and ends after a time.

    Parameters
    ----------
    resource
        The integration, e.g. ``lambda:invoke``.
    arguments
        What it is called with.
    comment
        What the state is for; the console shows it.
    retry
        The one retrier.
    timeout_seconds
        After this the task fails with ``States.Timeout``.
    next_state
        What follows a success.
    assign
        Variables that are set from ``$states.result``.
    catch
        The one catcher: only where an error is an answer.
    """
    optional: State = {"Assign": assign, "Catch": [catch] if catch else None}
    return {
        "Type": "Task",
        "Comment": comment,
        "Resource": f"{INTEGRATION}{resource}",
        "Arguments": arguments,
        "TimeoutSeconds": timeout_seconds,
        "Retry": [retry],
        **{key: value for key, value in optional.items() if value is not None},
        "Next": next_state,
    }


def invoke(
    function: str,
    payload: Mapping[str, Json],
    *,
    comment: str,
    next_state: str,
    assign: Mapping[str, Json],
) -> State:
    """Return the Task that calls one of `FUNCTIONS`, with the execution beside the payload.

    The ARN is substituted at deploy; ``assign`` reads ``$states.result.Payload``.
    """
    return task(
        "lambda:invoke",
        {
            "FunctionName": f"${{{function}Arn}}",
            "Payload": {"execution": EXECUTION, **payload},
        },
        comment=comment,
        retry=LAMBDA_RETRY,
        timeout_seconds=FUNCTIONS[function].timeout_seconds + _DELIVERY_SECONDS,
        next_state=next_state,
        assign=assign,
    )


def sagemaker(
    action: str,
    arguments: Mapping[str, Json],
    *,
    comment: str,
    next_state: str,
    retry: Mapping[str, Json] = SAGEMAKER_RETRY,
    assign: Mapping[str, Json] | None = None,
    catch: Mapping[str, Json] | None = None,
) -> State:
    """Return the Task that calls an action of SageMaker's API, which answers at once."""
    return task(
        f"aws-sdk:sagemaker:{action}",
        arguments,
        comment=comment,
        retry=retry,
        timeout_seconds=_API_SECONDS,
        next_state=next_state,
        assign=assign,
        catch=catch,
    )


def fail(error: str, cause: str, *, comment: str) -> State:
    """Return the state in which an execution fails.

    Parameters
    ----------
    error
        The name of the error, or a `jsonata` expression that gives it.
    cause
        A JSONata expression: the value that is written out as JSON.
    comment
        What has happened.
    """
    return {
        "Type": "Fail",
        "Comment": comment,
        "Error": error,
        "Cause": jsonata(f"$substring($string({cause}), 0, {CAUSE_LIMIT})"),
    }
