"""How a task of a state machine is run.

What AWS does: a task's call is authorised as the machine's role; data over
256 KiB fails it; its time-out may be an expression; a retrier's delay is
bounded by ``MaxDelaySeconds`` and spread by ``JitterStrategy``; wildcards do
not match ``States.Runtime`` and ``States.DataLimitExceeded``; a task that is
timed out or whose execution is stopped asks its job to stop.
What ministack does: calls are made as root; sizes, expressions in time-outs,
``MaxDelaySeconds`` and ``JitterStrategy`` are ignored; wildcards match
everything; retries and jobs of a stopped execution go on.
"""

import contextvars
import json
import random
import threading
from typing import Any, Final

from ministack.services import stepfunctions

from local_aws.ministack_adapter import sagemaker_tasks
from local_aws.ministack_adapter.executions import CURRENT, is_running, role_of
from local_aws.ministack_adapter.lambda_functions import check_role
from local_aws.ministack_adapter.patch import replace
from local_aws.ministack_adapter.principals import authorize, role_principal, role_trusts
from local_aws.platform import AwsError, Caller
from local_aws.settings import ACCOUNT, REGION

Json = dict[str, Any]

_DATA_BYTES: Final = 262_144
_TERMINAL: Final = {"States.Runtime", "States.DataLimitExceeded"}
_SERVICE: Final = "states.amazonaws.com"

_CANCELLED: Final[contextvars.ContextVar[threading.Event]] = contextvars.ContextVar("cancelled")
"""Set when the task that this thread runs has timed out."""


def install() -> None:
    """Correct ministack's tasks."""
    replace(stepfunctions, "_execute_task", _execute_task)
    replace(stepfunctions, "_invoke_resource", _invoke_resource)
    replace(stepfunctions, "_invoke_resource_with_timeout", _invoke_resource_with_timeout)
    replace(stepfunctions, "_find_matching_retrier", _find_matching_retrier)
    replace(stepfunctions, "_error_matches", _error_matches)


def _execute_task(
    original: Any,
    state_def: Json,
    raw_input: Any,
    execution: Json,
    ctx: Json,
) -> Any:
    if state_def["Resource"].endswith(".waitForTaskToken"):
        raise _unavailable(state_def["Resource"])
    if isinstance(state_def.get("TimeoutSeconds"), str):
        seconds = stepfunctions._jsonata_state_field(
            state_def, "TimeoutSeconds", "number", raw_input, ctx
        )
        state_def = {**state_def, "TimeoutSeconds": seconds}
    return original(state_def, raw_input, execution, ctx)


def _invoke_resource(original: Any, resource: str, input_data: Json) -> Any:
    execution = CURRENT.get()
    if not is_running(execution):
        raise stepfunctions._ExecutionError("States.Runtime", "The execution has ended")
    _check_size(input_data, "input")
    role = role_of(execution)
    if not role_trusts(role, _SERVICE, execution["stateMachineArn"]):
        raise stepfunctions._ExecutionError(
            "States.Permissions", f"Step Functions is not authorized to assume the role {role}"
        )
    session = execution["executionArn"].rsplit(":", 1)[-1]
    caller = Caller(role_principal(role, session), role_arn=role)
    if sagemaker_tasks.is_for(resource):
        cancelled = _CANCELLED.get(threading.Event())
        result = sagemaker_tasks.run(
            resource, input_data, caller, lambda: cancelled.is_set() or not is_running(execution)
        )
    else:
        _authorize_function(resource, input_data, caller)
        result = original(resource, input_data)
    _check_size(result, "result")
    return result


def _authorize_function(resource: str, input_data: Json, caller: Caller) -> None:
    """Check a task that runs a function; another integration is refused, not run unchecked."""
    if resource.startswith("arn:aws:states:::lambda:invoke"):
        function = input_data["FunctionName"]
    elif resource.startswith("arn:aws:lambda:"):
        function = resource
    else:
        raise _unavailable(resource)
    if not function.startswith("arn:"):
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    try:
        authorize(caller, "lambda:InvokeFunction", function)
        check_role(function)
    except AwsError as error:
        cause = (
            f"{error.message} (Service: AWSLambda; Status Code: 403; "
            f"Error Code: {error.code}; Proxy: null)"
        )
        raise stepfunctions._ExecutionError("Lambda.AWSLambdaException", cause) from error


def _unavailable(resource: str) -> Exception:
    return stepfunctions._ExecutionError(
        "States.Runtime", f"{resource} is not available on the embedded AWS"
    )


def _check_size(data: Any, what: str) -> None:
    if len(json.dumps(data).encode()) > _DATA_BYTES:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded",
            f"The state/task has a {what} with a size exceeding the maximum number of bytes "
            "service limit.",
        )


def _invoke_resource_with_timeout(
    original: Any,
    resource: str,
    input_data: Json,
    timeout: float,
) -> Any:
    cancelled = threading.Event()
    token = _CANCELLED.set(cancelled)
    try:
        return original(resource, input_data, timeout)
    finally:
        cancelled.set()
        _CANCELLED.reset(token)


def _find_matching_retrier(
    original: Any,
    retriers: list[Json],
    error: str,
    retry_counts: dict[int, int],
) -> tuple[Json | None, int]:
    if not is_running(CURRENT.get()):
        return None, -1
    retrier, index = original(retriers, error, retry_counts)
    if retrier is None:
        return None, -1
    count = retry_counts.get(index, 0)
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** count
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    if retrier.get("JitterStrategy") == "FULL":
        delay = random.uniform(0, delay)  # noqa: S311 - spreads load, hides nothing
    return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1}, index


def _error_matches(original: Any, error_equals: list[str], error: str) -> bool:
    if error in _TERMINAL:
        return error in error_equals
    return original(error_equals, error)
