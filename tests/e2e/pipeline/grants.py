"""Grants taken away from a deployed stack, for a while."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from tests.e2e.pipeline.deployment import Deployment

POLICY: Final = "Permissions"


@contextmanager
def without(deployment: Deployment, role: str, action: str) -> Generator[None]:
    """Take an action out of every statement of a construct's role, and give it back."""
    iam = deployment.clients.iam
    name = role_of(deployment, role)
    whole = json.dumps(iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"])
    lesser = json.loads(whole)
    lesser["Statement"] = [
        {**statement, "Action": left}
        for statement in lesser["Statement"]
        if (left := [one for one in _actions(statement) if one != action])
    ]
    assert lesser != json.loads(whole), f"{role} does not have {action}"
    iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(lesser))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=whole)


def role_of(deployment: Deployment, construct: str) -> str:
    """Return the name of a construct's role."""
    return deployment.resource("AWS::IAM::Role", f"{construct}Role")


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions
