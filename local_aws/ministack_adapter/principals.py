"""Whether a principal may do something, by ministack's own evaluation of its policies.

What AWS does: every call is made as somebody, and that principal's policies,
boundary and the resource's own policy decide.
What ministack does: it asks so for signed requests alone. What a service does
with a role it holds (a state machine's task, a delivery of events, a role that
is passed) is done as root.
"""

from collections.abc import Mapping
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, EvalResult, PrincipalInfo
from ministack.services import iam

from local_aws.platform import AwsError, Caller
from local_aws.settings import ACCOUNT, REGION

_ASKED_TAG: Final = "aws:RequestTag/"


def role_principal(role_arn: str, session_name: str) -> str:
    """Return the ARN of a session of a role."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"


def authorize(
    caller: Caller, action: str, resource: str, context: Mapping[str, str] | None = None
) -> None:
    """Ask whether a caller may do something. See `local_aws.platform.Platform.authorize`.

    Raises
    ------
    AwsError
        ``AccessDeniedException`` if it may not.
    """
    principal = _resolve(caller)
    result = _evaluate(principal, action, resource, context or {})
    if result is not None and result.decision != "Allow":
        raise AwsError("AccessDeniedException", _denial(principal.arn, action, resource, result))


def service_is_allowed(
    policy: str | dict[str, Any] | None,
    service: str,
    action: str,
    resource: str,
    source_arn: str | None = None,
) -> bool:
    """Tell whether a resource's own policy lets a service act on it.

    Parameters
    ----------
    policy
        The resource's policy, or a role's trust policy.
    service
        The service's principal, e.g. ``events.amazonaws.com``.
    action, resource
        What it wants to do, and to what.
    source_arn
        The resource for which it acts, e.g. a rule: ``aws:SourceArn``.
    """
    source = {"aws:sourcearn": source_arn} if source_arn else {}
    context = EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=REGION,
        secure_transport=True,
        service_context={"aws:sourceaccount": ACCOUNT, **source},
    )
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=service)
    return result.decision == "Allow"


def role_trusts(role_arn: str, service: str, source_arn: str | None = None) -> bool:
    """Tell whether a role exists and a service may assume it."""
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return False
    trust = role["AssumeRolePolicyDocument"]
    return service_is_allowed(trust, service, "sts:AssumeRole", role_arn, source_arn)


def _resolve(caller: Caller) -> PrincipalInfo:
    if caller.role_arn is None:
        principal = iam_evaluator.resolve_principal(caller.access_key_id or "", ACCOUNT)
        if isinstance(principal, AuthError):
            raise AwsError(principal.code, principal.message, 403)
        return principal
    name = caller.role_arn.rsplit("/", 1)[-1]
    return PrincipalInfo(
        arn=caller.principal_arn,
        type="AssumedRole",
        account=ACCOUNT,
        policies=iam_evaluator._gather_role_policies(name, ACCOUNT),
        limits=iam_evaluator._permissions_boundary(iam._roles, name, ACCOUNT),
    )


def _evaluate(
    principal: PrincipalInfo, action: str, resource: str, context: Mapping[str, str]
) -> EvalResult | None:
    """Return the decision, or None for the account's root, who may do everything."""
    if principal.policies is None:
        return None
    tag_keys = [key.removeprefix(_ASKED_TAG) for key in context if key.startswith(_ASKED_TAG)]
    evaluated = EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=REGION,
        secure_transport=True,
        service_context={
            "aws:tagkeys": tag_keys or None,
            **{key.lower(): value for key, value in context.items()},
        },
        principal_keys=principal.keys,
    )
    result = iam_evaluator.evaluate(evaluated, principal.policies, *principal.limits)
    found = iam_evaluator._resource_policy(action.split(":", maxsplit=1)[0], resource)
    if found is None:
        return result
    return iam_evaluator.combine_resource_policy(
        result, evaluated, *found, limits=tuple(principal.limits)
    )


def _denial(principal: str, action: str, resource: str, result: EvalResult) -> str:
    """Return the sentence in which AWS denies."""
    if result.resource_policy_arn:
        reason = "with an explicit deny in a resource-based policy"
    elif result.decision == "Deny":
        reason = "with an explicit deny in an identity-based policy"
    else:
        reason = f"because no identity-based policy allows the {action} action"
    return (
        f"User: {principal} is not authorized to perform: {action} on resource: {resource} {reason}"
    )
