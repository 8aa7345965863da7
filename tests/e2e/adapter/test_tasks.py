"""Step Functions: how a task is run, retried, timed out and authorised."""

import json
from typing import Any

import pytest

from tests.e2e.adapter.account import ALLOW_ALL, Account, Statement

LAMBDA = "arn:aws:states:::lambda:invoke"
ANSWER = "def handler(event, context): return 1"
FAIL = "def handler(event, context): raise KeyError('so')"


def invoke(function: str, **more: Any) -> dict[str, Any]:
    arguments = {"FunctionName": function, "Payload": "{% $states.input %}"}
    return {"Resource": LAMBDA, "Arguments": arguments, **more}


def deny(action: str) -> list[Statement]:
    return [ALLOW_ALL, {"Effect": "Deny", "Action": action, "Resource": "*"}]


def test_an_error_has_the_functions_name_for_it(corrected: Account) -> None:
    ended = corrected.task(invoke(corrected.function(FAIL)))

    assert ended["error"] == "KeyError"
    assert json.loads(ended["cause"])["errorMessage"] == "'so'"


def test_a_time_out_may_be_an_expression(corrected: Account, plain: Account) -> None:
    source = "import time\ndef handler(event, context): time.sleep(2)"

    def error(account: Account) -> str:
        function = account.function(source, Timeout=5)
        ended = account.task(invoke(function, TimeoutSeconds="{% 1 %}"))
        return ended["error"]

    assert error(corrected) == "States.Timeout"
    assert error(plain) != "States.Timeout", "ministack evaluates time-outs now"


def test_the_delay_of_a_retry_is_bounded(corrected: Account, plain: Account) -> None:
    """Waits are scaled to a fiftieth; ministack bounds every delay to 60 s, which is 1.2 s here."""
    bounded = {"IntervalSeconds": 1000, "MaxDelaySeconds": 1}
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, **bounded}

    def seconds(account: Account) -> float:
        ended = account.task(invoke(account.function(FAIL), Retry=[retry]))
        told = account.states.get_execution_history(executionArn=ended["executionArn"])["events"]
        failed = next(event["timestamp"] for event in told if event["type"] == "TaskFailed")
        again = [event["timestamp"] for event in told if event["type"] == "TaskScheduled"][1]
        return (again - failed).total_seconds()

    assert seconds(corrected) < 1.2
    assert seconds(plain) >= 1.2, "ministack heeds MaxDelaySeconds now"


@pytest.mark.parametrize("catch", ["States.ALL", "States.TaskFailed"])
def test_a_wildcard_does_not_catch_what_is_terminal(
    corrected: Account, plain: Account, catch: str
) -> None:
    states: dict[str, Any] = {
        "Task": {
            "Type": "Task",
            "Resource": "arn:aws:states:::nothing:here",
            "Catch": [{"ErrorEquals": [catch], "Next": "Caught"}],
            "End": True,
        },
        "Caught": {"Type": "Succeed"},
    }

    assert corrected.run(states).get("error") == "States.Runtime"
    assert plain.run(states)["status"] == "SUCCEEDED", "ministack's wildcards are bounded now"


def test_data_over_the_limit_fails(corrected: Account, plain: Account) -> None:
    source = "def handler(event, context): return '.' * 300_000"

    ended = corrected.task(invoke(corrected.function(source)))

    assert ended["error"] == "States.DataLimitExceeded"
    assert plain.task(invoke(plain.function(source)))["status"] == "SUCCEEDED"


@pytest.mark.parametrize("reference", ["name", "arn"])
def test_invoking_needs_the_machines_permission(
    corrected: Account, plain: Account, reference: str
) -> None:
    def ended(account: Account, statements: list[Statement]) -> Any:
        function = account.function(ANSWER)
        called = function if reference == "arn" else function.rsplit(":", 1)[-1]
        return account.task(invoke(called), account.role("states", statements))

    refused = ended(corrected, [])

    assert refused["error"] == "Lambda.AWSLambdaException"
    assert (
        "is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda"
        in (refused["cause"])
    )
    assert "because no identity-based policy allows" in refused["cause"]
    assert "explicit deny" in ended(corrected, deny("lambda:InvokeFunction"))["cause"]
    assert ended(corrected, [ALLOW_ALL])["status"] == "SUCCEEDED"
    assert ended(plain, [])["status"] == "SUCCEEDED", "ministack asks for the machine's role now"


def test_a_permission_for_another_function_does_not_do(corrected: Account) -> None:
    other = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*:function:other"}

    ended = corrected.task(invoke(corrected.function(ANSWER)), corrected.role("states", [other]))

    assert ended["error"] == "Lambda.AWSLambdaException"


def test_a_role_that_no_longer_trusts_step_functions_fails_the_task(
    corrected: Account, plain: Account
) -> None:
    def ended(account: Account) -> Any:
        role = account.role("states")
        task = {"Type": "Task", "End": True, **invoke(account.function(ANSWER))}
        machine = account.machine({"StartAt": "Task", "States": {"Task": task}}, role)
        account.distrust(role)
        return account.ended(account.start(machine))

    assert ended(corrected)["error"] == "States.Permissions"
    assert ended(plain)["status"] == "SUCCEEDED", "ministack asks for trust at every task now"


def test_a_role_that_does_not_trust_step_functions_is_refused(
    corrected: Account, plain: Account
) -> None:
    definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}

    with pytest.raises(corrected.states.exceptions.ClientError, match=r"states\.amazonaws\.com"):
        corrected.machine(definition, corrected.role("lambda"))
    assert plain.machine(definition, plain.role("lambda")), "ministack asks for trust now"


@pytest.mark.parametrize("action", ["events:PutRule", "events:PutTargets", "events:DescribeRule"])
def test_waiting_for_a_job_needs_the_managed_rule(
    corrected: Account, plain: Account, action: str
) -> None:
    task = {"Type": "Task", "End": True}
    waiting = {**task, "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync"}
    definition = {"StartAt": "Train", "States": {"Train": waiting}}

    def make(account: Account) -> str:
        return account.machine(definition, account.role("states", deny(action)))

    with pytest.raises(
        corrected.states.exceptions.ClientError, match="not authorized to create managed-rule"
    ):
        make(corrected)
    assert make(plain), "ministack asks for the managed rule now"


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:states:::aws-sdk:s3:listBuckets", f"{LAMBDA}.waitForTaskToken"],
)
def test_an_integration_that_nothing_checks_is_not_available(
    corrected: Account, resource: str
) -> None:
    ended = corrected.task({"Resource": resource, "Arguments": {"FunctionName": "any"}})

    assert "not available on the embedded AWS" in ended["cause"]
