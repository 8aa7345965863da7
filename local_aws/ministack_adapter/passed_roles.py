"""Roles that a caller passes to a service.

What AWS does: who makes a function or a state machine needs ``iam:PassRole`` on
its role, for that service.
What ministack does: it does not know ``iam:PassRole``.
"""

import json
from typing import Any, Final

from ministack import app as ministack_app
from ministack.core.iam_actions import extract_iam_action
from ministack.core.iam_evaluator import caller_arn
from ministack.core.responses import error_response_json
from ministack.core.router import extract_access_key_id

from local_aws.ministack_adapter.principals import authorize
from local_aws.platform import AwsError, Caller

_ROLE_MEMBERS: Final = {
    "lambda:CreateFunction": "Role",
    "lambda:UpdateFunctionConfiguration": "Role",
    "states:CreateStateMachine": "roleArn",
    "states:UpdateStateMachine": "roleArn",
}
"""The member of a request that names the role, by the action."""


def install() -> None:
    """Ask for ``iam:PassRole`` in requests to Lambda and Step Functions."""
    for service in ("lambda", "states"):
        ministack_app.SERVICE_HANDLERS[service] = _asking(
            service, ministack_app.SERVICE_HANDLERS[service]
        )


def _asking(service: str, handler: Any) -> Any:
    async def handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
        action = extract_iam_action(service, method, path, headers, body, query_params)
        role = _passed_role(action, body)
        if role is not None:
            caller = Caller(caller_arn(), extract_access_key_id(headers, query_params))
            context = {"iam:PassedToService": f"{service}.amazonaws.com"}
            try:
                authorize(caller, "iam:PassRole", role, context)
            except AwsError as error:
                return error_response_json(error.code, error.message, 403)
        return await handler(method, path, headers, body, query_params)

    return handle


def _passed_role(action: str | None, body: bytes) -> str | None:
    member = _ROLE_MEMBERS.get(action or "")
    return json.loads(body).get(member) if member and body else None
