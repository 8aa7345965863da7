"""What services deliver to Lambda functions.

What AWS does: an event reaches a function only if the function's own policy
lets the service invoke it for that rule or topic.
What ministack does: it delivers to any function.
"""

import logging
from typing import Any

from ministack.services import eventbridge, lambda_svc, sns

from local_aws.ministack_adapter.patch import replace
from local_aws.ministack_adapter.principals import service_is_allowed

Json = dict[str, Any]

_log = logging.getLogger(__name__)


def install() -> None:
    """Correct ministack's deliveries."""
    replace(eventbridge, "_invoke_target", _invoke_target)
    replace(sns, "_deliver_to_lambda", _deliver_to_lambda)


def _invoke_target(
    original: Any,
    target: Json,
    event: Json,
    rule: Json,
    view: Any = None,
) -> None:
    if _may_invoke("events.amazonaws.com", target["Arn"], rule["Arn"]):
        original(target, event, rule, view)


def _deliver_to_lambda(
    original: Any,
    endpoint: str,
    envelope: str,
    topic_arn: str,
    sub_arn: str,
    msg_id: str,
    raw_message: str,
    message_attributes: Json,
) -> None:
    if _may_invoke("sns.amazonaws.com", endpoint, topic_arn):
        original(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)


def _may_invoke(service: str, target_arn: str, source_arn: str) -> bool:
    if not target_arn.startswith("arn:aws:lambda:"):
        return True
    found = lambda_svc.function_policy_for_arn(target_arn)
    allowed = found is not None and service_is_allowed(
        found[0], service, "lambda:InvokeFunction", target_arn, source_arn
    )
    if not allowed:
        _log.warning(
            "%s may not invoke %s: its policy names no such source", source_arn, target_arn
        )
    return allowed
