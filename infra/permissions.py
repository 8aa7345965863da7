"""Permissions and roles, the one way in which all constructs write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aws_cdk import Acknowledgment, Aws, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import Construct

Conditions = Mapping[str, Mapping[str, str | list[str]]]

SAY_FOR_WHOM: Final = frozenset({"sagemaker.amazonaws.com", "states.amazonaws.com"})
"""Services whose documentation says that they name the account for which they assume a role.

Their roles trust them for this account alone: nobody else's resources can make them use one.
Lambda names none.
"""

NO_RESOURCES: Final = "The service defines no resources for these actions."


@dataclass(frozen=True, slots=True)
class Permission:
    """What is allowed.

    Attributes
    ----------
    actions
        E.g. ``s3:GetObject``.
    resources
        ARNs or patterns of ARNs.
    wildcard
        Why the resources cannot be told exactly; None where they are. The
        linter of the template refuses a wildcard that has no reason.
    conditions
        Under which it is allowed.
    """

    actions: Sequence[str]
    resources: Sequence[str]
    wildcard: str | None = None
    conditions: Conditions | None = None

    def statement(self) -> iam.PolicyStatement:
        """Return it as a statement of a policy."""
        return iam.PolicyStatement(
            actions=list(self.actions),
            resources=list(self.resources),
            conditions=self.conditions,
        )


TRACING: Final = Permission(
    ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"], NO_RESOURCES
)


def frozen_role(
    scope: Construct,
    construct_id: str,
    *,
    service: str,
    description: str,
    permissions: Sequence[Permission],
) -> iam.IRole:
    """Return a role for one service, whose permissions are all given at once.

    The policy is a part of the role, so whatever depends on the role finds it
    complete: Step Functions, for one, checks it when a machine is created. No
    construct that gets the role can widen it.
    """
    policy = iam.PolicyDocument(statements=[one.statement() for one in permissions])
    own_account = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    principal = iam.ServicePrincipal(
        service, conditions=own_account if service in SAY_FOR_WHOM else None
    )
    role = iam.Role(
        scope,
        construct_id,
        # jsii's protocols name their parameters otherwise than the classes do.
        assumed_by=principal,  # pyright: ignore[reportArgumentType]
        description=description,
        inline_policies={"Permissions": policy},
    )
    for permission in permissions:
        if permission.wildcard:
            _acknowledge(role, permission.resources, permission.wildcard)
    return role.without_policy_updates()


def _acknowledge(role: iam.Role, resources: Sequence[str], reason: str) -> None:
    """Accept cdk-nag's finding on exactly these wildcards of one role."""
    for resource in resources:
        written = _written_out(Stack.of(role).resolve(resource))
        if "*" in written:
            Validations.of(role).acknowledge(
                Acknowledgment(
                    id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{written}]", reason=reason
                )
            )


def _written_out(resolved: Any) -> str:  # noqa: ANN401 - a text or one of CloudFormation's functions
    """Return a resource as cdk-nag writes it: ``<LogicalId.Attribute>`` for a function."""
    match resolved:
        case str():
            return resolved
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": ["", parts]}:
            return "".join(_written_out(part) for part in parts)
        case _:
            raise TypeError(f"a resource with a wildcard cannot hold {resolved!r}")
