"""Step Functions: how an execution begins and ends."""

import json
import time
from typing import Any

import pytest

from tests.e2e.adapter.account import ALLOW_ALL, Account, unique

FAIL = {"Fail": {"Type": "Fail", "Error": "Wrong", "Cause": "because"}}
SLOW = "import time\ndef handler(event, context): time.sleep(event.get('seconds', 1))"


def invoke(function: str, **more: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"},
        "End": True,
        **more,
    }


def history(account: Account, execution: str) -> list[str]:
    events = account.states.get_execution_history(executionArn=execution, maxResults=100)["events"]
    return [event["type"] for event in events]


def test_a_failed_execution_has_no_output(corrected: Account, plain: Account) -> None:
    ended = corrected.run(FAIL)

    assert ended["status"] == "FAILED"
    assert (ended.get("error"), ended.get("cause")) == ("Wrong", "because")
    assert ended.get("output") is None
    assert plain.run(FAIL).get("output"), "ministack gives a failed execution no output now"


def test_a_succeed_state_has_an_output_of_its_own(corrected: Account, plain: Account) -> None:
    states = {"Done": {"Type": "Succeed", "Output": {"answer": "{% 6 * 7 %}"}}}

    assert json.loads(corrected.run(states).get("output", "")) == {"answer": 42}
    assert json.loads(plain.run(states).get("output", "")) == {}, "ministack heeds Output now"


def test_error_and_cause_are_cut_to_awss_lengths(corrected: Account, plain: Account) -> None:
    states = {"Fail": {"Type": "Fail", "Error": "e" * 300, "Cause": "c" * 40_000}}

    def lengths(account: Account) -> tuple[int, int]:
        ended = account.run(states)
        return len(ended.get("error", "")), len(ended.get("cause", ""))

    assert lengths(corrected) == (256, 32_768)
    assert lengths(plain) == (300, 40_000), "ministack bounds error and cause now"


def test_a_stopped_execution_ends_at_once_and_for_good(corrected: Account, plain: Account) -> None:
    def stopped(account: Account) -> tuple[str, list[str]]:
        retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 5, "IntervalSeconds": 1}]
        function = account.function(
            "import time\ndef handler(event, context):\n    time.sleep(1)\n    1 / 0"
        )
        task = invoke(function, Retry=retry)
        execution = account.start(account.machine({"StartAt": "Task", "States": {"Task": task}}))
        time.sleep(0.6)
        account.states.stop_execution(executionArn=execution)
        time.sleep(1.5)
        return account.ended(execution)["status"], history(account, execution)

    status, events = stopped(corrected)

    assert (status, events[-1]) == ("ABORTED", "ExecutionAborted")
    mended = stopped(plain)[1]
    assert mended[-1] != "ExecutionAborted", "ministack ends a stopped execution for good now"


def test_the_machines_time_out_ends_the_execution(corrected: Account, plain: Account) -> None:
    def ended(account: Account) -> tuple[str, str | None]:
        definition = {
            "StartAt": "Task",
            "TimeoutSeconds": 1,
            "States": {"Task": invoke(account.function(SLOW, Timeout=10))},
        }
        found = account.ended(account.start(account.machine(definition), {"seconds": 2}))
        return found["status"], found.get("error")

    assert ended(corrected) == ("TIMED_OUT", "States.Timeout")
    assert ended(plain)[0] == "SUCCEEDED", "ministack heeds the machine's time-out now"


def test_the_context_tells_redrives_and_role(corrected: Account, plain: Account) -> None:
    states = {
        "Tell": {
            "Type": "Pass",
            "Output": "{% [$states.context.Execution.RedriveCount, "
            "$states.context.Execution.RoleArn] %}",
            "End": True,
        }
    }
    role = corrected.role("states")

    assert json.loads(corrected.run(states, role).get("output", "")) == [0, role]
    mended = plain.run(states).get("output")
    assert mended == "[]", "ministack has more of the context object now"


def test_an_end_is_told_once(corrected: Account) -> None:
    """EventBridge gets one event for the end of a stopped execution."""
    function = corrected.function(SLOW, Timeout=10)
    machine = corrected.machine({"StartAt": "Task", "States": {"Task": invoke(function)}})
    listener = unique("listener")
    corrected.listen_to_executions(listener, machine)
    execution = corrected.start(machine, {"seconds": 1})
    time.sleep(0.4)
    corrected.states.stop_execution(executionArn=execution)
    time.sleep(1.5)

    told = corrected.heard(listener)

    assert [event["detail"]["status"] for event in told] == ["RUNNING", "ABORTED"]


@pytest.mark.parametrize(
    ("level", "with_data", "types"),
    [
        ("ALL", True, ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
        ("ALL", False, ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
        ("ERROR", False, ["ExecutionFailed"]),
        ("OFF", False, []),
    ],
)
def test_executions_are_logged_as_the_machine_says(
    corrected: Account, plain: Account, level: str, with_data: bool, types: list[str]
) -> None:
    def logged(account: Account) -> list[dict[str, Any]]:
        group = unique("/states/log")
        account.logs.create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"
        machine = account.machine(
            {"StartAt": "Fail", "States": FAIL},
            loggingConfiguration={
                "level": level,
                "includeExecutionData": with_data,
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
            },
        )
        account.ended(account.start(machine, {"secret": 1}))
        events = account.logs.filter_log_events(logGroupName=group)["events"]
        return [json.loads(event.get("message", "")) for event in events]

    records = logged(corrected)

    assert [record["type"] for record in records] == types
    assert ("secret" in json.dumps(records)) == (with_data and bool(types))
    assert not logged(plain), "ministack logs executions now"


def test_logs_need_the_roles_permission_to_deliver(corrected: Account, plain: Account) -> None:
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:/some/group:*"
    logging = {
        "level": "ALL",
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
    }

    def make(account: Account) -> str:
        role = account.role("states", [{**ALLOW_ALL, "Action": "logs:Create*"}])
        definition = {"StartAt": "Fail", "States": FAIL}
        return account.machine(definition, role, loggingConfiguration=logging)

    with pytest.raises(corrected.states.exceptions.ClientError, match="the Log Destination"):
        make(corrected)
    assert make(plain), "ministack asks for the delivery of logs now"
