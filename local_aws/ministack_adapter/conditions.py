"""Conditions of policies.

What AWS does: ``aws:PrincipalArn`` is the role's ARN for every session of it.
What ministack does: it is the session's, so that a condition on a role never holds.
"""

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.services import iam

from local_aws.ministack_adapter.patch import replace


def install() -> None:
    """Correct ministack's condition keys."""
    replace(iam_evaluator, "_resolve_condition_key", _resolve_condition_key)


def _resolve_condition_key(original: Any, key: str, ctx: EvalContext) -> Any:
    if key.lower() == "aws:principalarn" and ctx.principal_type == "AssumedRole":
        role = iam._roles.get(ctx.principal_arn.split("/")[1])
        if role is not None:
            return role["Arn"]
    return original(key, ctx)
