"""What a state machine's role has to allow before the machine is made or changed.

What AWS does: it asks whether Step Functions may assume the role, whether the
role may make the rule that ``.sync`` tasks listen by, and whether it may set
up the delivery of logs.
What ministack does: it takes any role that exists; through CloudFormation any
role at all.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions

from local_aws.ministack_adapter.patch import replace
from local_aws.ministack_adapter.principals import authorize, role_principal, role_trusts
from local_aws.platform import AwsError, Caller
from local_aws.settings import ACCOUNT, REGION

Json = dict[str, Any]

_SERVICE: Final = "states.amazonaws.com"
_UNTRUSTED: Final = (
    "Neither the global service principal states.amazonaws.com, nor the regional one is "
    "authorized to assume the provided role."
)
_MANAGED_RULES: Final = {
    "arn:aws:states:::sagemaker:createTrainingJob.sync": (
        "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    ),
}
_RULE_ACTIONS: Final = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
_LOG_ACTIONS: Final = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)


def install() -> None:
    """Correct ministack's state machines, made by the API."""
    replace(stepfunctions, "_create_state_machine", _create_state_machine)
    replace(stepfunctions, "_update_state_machine", _update_state_machine)


def machine_arn(name: str) -> str:
    """Return the ARN of a state machine."""
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"


def check_machine(arn: str, role_arn: str, definition: str, log_level: str) -> None:
    """Ask whether a role allows what a machine needs before it can be made.

    Raises
    ------
    AwsError
        ``AccessDeniedException``, in Step Functions' words, if not.
    """
    if not role_trusts(role_arn, _SERVICE, arn):
        raise AwsError("AccessDeniedException", _UNTRUSTED)
    caller = Caller(role_principal(role_arn, "StepFunctions"), role_arn=role_arn)
    for resource in _resources(json.loads(definition)):
        if resource in _MANAGED_RULES:
            rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{_MANAGED_RULES[resource]}"
            complaint = f"'{role_arn}' is not authorized to create managed-rule."
            _check_all(caller, _RULE_ACTIONS, rule, complaint)
    if log_level != "OFF":
        complaint = "The state machine IAM Role is not authorized to access the Log Destination"
        _check_all(caller, _LOG_ACTIONS, "*", complaint)


def _create_state_machine(original: Any, data: Json) -> Any:
    return _checked(original, data, {**data, "stateMachineArn": machine_arn(data.get("name", ""))})


def _update_state_machine(original: Any, data: Json) -> Any:
    machine = stepfunctions._state_machines.get(data.get("stateMachineArn")) or {}
    return _checked(original, data, {**machine, **data})


def _checked(original: Any, data: Json, machine: Json) -> Any:
    """Make the call, if the role allows it; what is missing is the original's to refuse."""
    configuration = machine.get("loggingConfiguration", {})
    level = configuration.get("level", configuration.get("Level", "OFF"))
    try:
        if machine.keys() >= {"stateMachineArn", "roleArn", "definition"}:
            check_machine(
                machine["stateMachineArn"], machine["roleArn"], machine["definition"], level
            )
    except AwsError as error:
        return error_response_json(error.code, error.message, error.status)
    return original(data)


def _check_all(caller: Caller, actions: tuple[str, ...], resource: str, complaint: str) -> None:
    for action in actions:
        try:
            authorize(caller, action, resource)
        except AwsError as error:
            raise AwsError("AccessDeniedException", complaint) from error


def _resources(value: Any) -> Iterator[str]:
    """Return the resource of every task, however deep it lies."""
    if isinstance(value, dict):
        if isinstance(value.get("Resource"), str):
            yield value["Resource"]
        for item in value.values():
            yield from _resources(item)
    elif isinstance(value, list):
        for item in value:
            yield from _resources(item)
