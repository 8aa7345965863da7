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
HOOK = """
import json, os, urllib.request
def handler(event, context):
    refused = event["RequestType"] == os.environ.get("REFUSES")
    copied = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    status = {"Status": "FAILED" if refused else "SUCCESS", "Reason": "asked to"}
    body = json.dumps({**copied, **status, "PhysicalResourceId": "hook"}).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, method="PUT"))
"""
MACHINE = {
    "Type": "AWS::StepFunctions::StateMachine",
    "Properties": {
        "DefinitionString": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    },
}


def make_stack(
    account: Account, resources: dict[str, Any], name: str | None = None
) -> tuple[str, dict[str, str]]:
    """Return what becomes of a stack, and the physical names of its resources."""
    stacks, name = account.client("cloudformation"), name or unique("stack")
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


def test_what_a_resource_that_stays_needs_stays_too(corrected: Account, plain: Account) -> None:
    assert deletions_after_a_failure(corrected) == ["DELETE_FAILED", "there", "DELETE_COMPLETE"]
    assert deletions_after_a_failure(plain) == ["DELETE_FAILED", "gone", "DELETE_COMPLETE"]


def deletions_after_a_failure(account: Account) -> list[str]:
    """Delete a stack whose custom resource refuses to go, and again when it agrees."""
    hook = account.function(HOOK)
    trust = {"Version": "2012-10-17"}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}
    custom = {
        "Type": "Custom::Hook",
        "DependsOn": "Role",
        "Properties": {"ServiceToken": hook, "ServiceTimeout": 10},
    }
    name = unique("stack")
    made, names = make_stack(account, {"Role": role, "Hook": custom}, name)
    assert made == "CREATE_COMPLETE"
    account.set_variables(hook, REFUSES="Delete")
    first = delete_stack(account, name)
    roles = [one["RoleName"] for one in account.iam.list_roles()["Roles"]]
    account.set_variables(hook)
    return [first, "there" if names["Role"] in roles else "gone", delete_stack(account, name)]


def delete_stack(account: Account, name: str) -> str:
    """Delete a stack and return what becomes of it."""
    stacks = account.client("cloudformation")
    [stack] = stacks.describe_stacks(StackName=name)["Stacks"]
    identifier = stack["StackId"]  # of a stack that is gone, the name says nothing
    stacks.delete_stack(StackName=name)
    deadline = time.monotonic() + 20
    while True:
        [stack] = stacks.describe_stacks(StackName=identifier)["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack["StackStatus"]
        assert time.monotonic() < deadline, f"the stack is {stack['StackStatus']} after 20 s"
        time.sleep(0.05)
