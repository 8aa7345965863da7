"""How an execution of Step Functions begins and ends.

What AWS does: an execution ends once; a failed one has an error and a cause of
bounded length and no output; ``StopExecution`` and the machine's own
``TimeoutSeconds`` end it at once, and nothing is added to its history after.
The context object tells how often it was redriven, and by which role it runs.
What ministack does: a failed execution has an output; a stopped one goes on,
turns FAILED and tells of itself three times; the machine's time-out is ignored;
the context object lacks ``RedriveCount`` and ``RoleArn``.
"""

import contextvars
import json
import threading
from typing import Any, Final

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

from local_aws.ministack_adapter.execution_logs import log_event
from local_aws.ministack_adapter.patch import replace

Json = dict[str, Any]

ERROR_LENGTH: Final = 256
CAUSE_LENGTH: Final = 32_768

CURRENT: Final[contextvars.ContextVar[Json]] = contextvars.ContextVar("execution")
"""The execution that this thread works for."""

_ending = threading.Lock()


def install() -> None:
    """Correct ministack's executions."""
    replace(stepfunctions, "_run_execution", _run_execution)
    replace(stepfunctions, "_fail_execution", _fail_execution)
    replace(stepfunctions, "_add_event", _add_event)
    replace(stepfunctions, "_evaluate_jsonata", _evaluate_jsonata)


def is_running(execution: Json) -> bool:
    """Tell whether an execution has not ended yet."""
    return execution["status"] == "RUNNING"


def role_of(execution: Json) -> str:
    """Return the role with which the execution started."""
    return execution["events"][0]["executionStartedEventDetails"]["roleArn"]


def _run_execution(original: Any, exec_arn: str) -> None:
    execution = stepfunctions._executions.get(exec_arn)
    if execution is None:
        return
    CURRENT.set(execution)
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"])
    if machine is not None:
        log_event(machine, execution, execution["events"][0])
        _start_timer(execution, json.loads(machine["definition"]).get("TimeoutSeconds"))
    original(exec_arn)


def _start_timer(execution: Json, seconds: float | None) -> None:
    """End the execution when the machine's time is over: real time, which is not scaled."""
    if seconds is None:
        return
    context = contextvars.copy_context()
    timer = threading.Timer(
        seconds, context.run, (_end, execution, "TIMED_OUT", "States.Timeout", None)
    )
    timer.daemon = True
    timer.start()


def _fail_execution(_original: Any, execution: Json, error: str, cause: str) -> None:
    _end(execution, "FAILED", error[:ERROR_LENGTH], cause[:CAUSE_LENGTH])


def _end(execution: Json, status: str, error: str, cause: str | None) -> None:
    with _ending:
        if not is_running(execution):
            return
        execution |= {"error": error, "cause": cause, "stopDate": now_iso(), "status": status}
    kind = {"FAILED": "ExecutionFailed", "TIMED_OUT": "ExecutionTimedOut"}[status]
    details = {"error": error} | ({"cause": cause} if cause is not None else {})
    stepfunctions._add_event(execution, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": details})
    stepfunctions._emit_execution_status_event(execution)


def _add_event(
    original: Any,
    execution: Json,
    event_type: str,
    details: Json | None = None,
) -> Json:
    last = execution["events"][-1]
    if not is_running(execution) and not event_type.startswith("Execution"):
        return last
    event = original(execution, event_type, details)
    event["previousEventId"] = last["id"]
    machine = stepfunctions._state_machines.get(execution["stateMachineArn"])
    if machine is not None:
        log_event(machine, execution, event)
    return event


def _evaluate_jsonata(
    original: Any,
    expression: str,
    raw_input: Any,
    ctx: Json | None = None,
    result: Any = None,
    error_output: Any = None,
) -> Any:
    if ctx is not None and "Execution" in ctx:
        ctx["Execution"].setdefault("RedriveCount", 0)
        ctx["Execution"].setdefault("RoleArn", role_of(CURRENT.get()))
    return original(expression, raw_input, ctx, result, error_output)
