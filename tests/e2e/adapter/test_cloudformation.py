"""What CloudFormation makes is checked as the services' own APIs check it."""

import json
import time
from typing import Any

import pytest

from tests.e2e.adapter.account import Account, unique

FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.14",
        "Handler": "index.handler",
        "Code": {"ZipFile": "def handler(event, context): return 1"},
    },
}
MACHINE = {
    "Type": "AWS::StepFunctions::StateMachine",
    "Properties": {
        "DefinitionString": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    },
}


def stack_status(account: Account, resource: dict[str, Any], role: str) -> str:
    """Return what becomes of a stack of one resource."""
    member = "Role" if resource is FUNCTION else "RoleArn"
    made = {**resource, "Properties": {**resource["Properties"], member: role}}
    stacks, name = account.client("cloudformation"), unique("stack")
    stacks.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Made": made}}))
    deadline = time.monotonic() + 20
    while True:
        [stack] = stacks.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack["StackStatus"]
        assert time.monotonic() < deadline, f"the stack is {stack['StackStatus']} after 20 s"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("resource", "service", "other"),
    [(FUNCTION, "lambda", "states"), (MACHINE, "states", "lambda")],
    ids=["function", "state machine"],
)
def test_a_role_that_does_not_trust_the_service_fails_the_stack(
    corrected: Account, plain: Account, resource: dict[str, Any], service: str, other: str
) -> None:
    assert stack_status(corrected, resource, corrected.role(other)) == "ROLLBACK_COMPLETE"
    assert stack_status(corrected, resource, corrected.role(service)) == "CREATE_COMPLETE"
    mended = stack_status(plain, resource, plain.role(other))
    assert mended == "CREATE_COMPLETE", "ministack asks for trust now"
