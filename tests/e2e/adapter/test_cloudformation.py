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


def make_stack(account: Account, resources: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return what becomes of a stack, and the physical names of its resources."""
    stacks, name = account.client("cloudformation"), unique("stack")
    template = json.dumps({"Resources": resources})
    stacks.create_stack(
        StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    deadline = time.monotonic() + 20
    while True:
        [stack] = stacks.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        assert time.monotonic() < deadline, f"the stack is {stack['StackStatus']} after 20 s"
        time.sleep(0.05)
    made = stacks.list_stack_resources(StackName=name)["StackResourceSummaries"]
    names = {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in made}
    return stack["StackStatus"], names


def stack_status(account: Account, resource: dict[str, Any], role: str) -> str:
    """Return what becomes of a stack of one resource with that role."""
    member = "Role" if resource is FUNCTION else "RoleArn"
    made = {**resource, "Properties": {**resource["Properties"], member: role}}
    return make_stack(account, {"Made": made})[0]


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


def test_a_role_keeps_its_permissions_boundary(corrected: Account, plain: Account) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    role: dict[str, Any] = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
            "PermissionsBoundary": boundary,
        },
    }

    def kept(account: Account) -> str | None:
        _, names = make_stack(account, {"Role": role})
        described = account.iam.get_role(RoleName=names["Role"])["Role"]
        return described.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    assert kept(corrected) == boundary
    assert kept(plain) is None, "ministack keeps the boundary now"
