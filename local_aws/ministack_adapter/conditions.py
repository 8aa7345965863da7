"""Conditions of policies.

What AWS does: ``aws:PrincipalArn`` is the role's ARN for every session of it,
and ``cloudwatch:namespace`` the namespace into which metrics are put.
What ministack does: the first is the session's, so that a condition on a role
never holds; the second is not there.
"""

import json
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.services import iam

from local_aws.ministack_adapter.patch import replace


def install() -> None:
    """Correct ministack's condition keys."""
    replace(iam_actions, "request_tag_context", _request_context)
    replace(iam_evaluator, "_resolve_condition_key", _resolve_condition_key)


def _resolve_condition_key(original: Any, key: str, ctx: EvalContext) -> Any:
    if key.lower() == "aws:principalarn" and ctx.principal_type == "AssumedRole":
        role = iam._roles.get(ctx.principal_arn.split("/")[1])
        if role is not None:
            return role["Arn"]
    return original(key, ctx)


def _request_context(
    original: Any, service: str, iam_action: str, body: bytes, params: dict[str, Any]
) -> dict[str, Any]:
    context: dict[str, Any] = original(service, iam_action, body, params)
    if iam_action == "cloudwatch:PutMetricData":
        context["cloudwatch:namespace"] = _namespace(body)
    return context


def _namespace(body: bytes) -> str:
    """Return the namespace of a request in JSON, or in the older form."""
    if body.startswith(b"{"):
        return str(json.loads(body).get("Namespace", ""))
    return parse_qs(body.decode(errors="replace")).get("Namespace", [""])[0]
