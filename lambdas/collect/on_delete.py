"""The custom resource that leaves nothing behind when the stack is deleted.

SageMaker needs the execution role to delete an endpoint, so the endpoints have
to be gone before the roles are: this handler waits for that, within its time.
CloudFormation waits for an answer that is put to the event's URL, and for
nothing else, so there is one whatever happens.

A resource is deleted, too, when an update of the stack replaces or drops it, as
a new logical id does. The stack lives on then, and so does what it promoted.

Permissions: ``cloudformation:DescribeStacks`` on the stack; those of
`lambdas.collect.collector`; where the bucket goes with the stack, those of
`lambdas.collect.bucket` too.
"""

import json
import time
import urllib.request
from typing import Any, Final

from aws_lambda_powertools.utilities.typing import LambdaContext

from contract.tasks import CollectEvent, CollectResult
from lambdas import clients, environment
from lambdas.collect.bucket import empty_bucket
from lambdas.collect.collector import Collector
from lambdas.collect.handler import make_collector
from lambdas.observability import logger, observed

ANSWER_MARGIN: Final = 30.0
"""Seconds of the function's time that are kept for the last call and the answer."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
_REASON_LENGTH: Final = 1_000  # CloudFormation reads 4,096 bytes of an answer


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer CloudFormation; on Delete, when everything is gone."""
    failure = None
    if event["RequestType"] == "Delete":
        failure = _delete(event["StackId"], context)
    answer = {
        "Status": "FAILED" if failure else "SUCCESS",
        "Reason": (failure or "")[:_REASON_LENGTH],
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    _respond(event["ResponseURL"], answer)
    return answer


def collect_everything(collector: Collector, deadline: float) -> CollectResult:
    """Collect until nothing is left, or the time is over.

    Only a look that finds nothing ends it: what was deleted last may have been
    taken into use just before.

    Parameters
    ----------
    deadline
        When to stop, by `time.monotonic`.

    Returns
    -------
    CollectResult
        Of the last call.
    """
    pause = _FIRST_PAUSE
    result = collector.collect(CollectEvent(everything=True))
    while result.resources and time.monotonic() + pause < deadline:
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        result = collector.collect(CollectEvent(everything=True))
    return result


def _delete(stack_id: str, context: LambdaContext) -> str | None:
    """Return why not everything is gone; None if it is, or is to stay."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - ANSWER_MARGIN
    try:
        if _is_updated(stack_id):
            logger.warning("the stack lives on: nothing is collected", stack=stack_id)
            return None
        return _collect(deadline)
    except Exception as error:  # noqa: BLE001 - without an answer CloudFormation waits in vain
        logger.exception("not everything could be collected")
        return f"{type(error).__name__}: {error}"


def _is_updated(stack_id: str) -> bool:
    [stack] = clients.cloudformation().describe_stacks(StackName=stack_id)["Stacks"]
    return stack["StackStatus"].startswith("UPDATE_")


def _collect(deadline: float) -> str | None:
    """Return what is left when the time is over; None if nothing is."""
    left = collect_everything(make_collector(), deadline).resources
    if left:
        told = ", ".join(f"{item.kind} {item.name} ({item.reason})" for item in left)
        return f"SageMaker is not done with {told}; repeat the destroy in a few minutes"
    bucket = environment.bucket_to_empty()
    if bucket is not None and not empty_bucket(clients.s3(), bucket, deadline):
        return f"{bucket} holds more than could be deleted in this time; repeat the destroy"
    return None


def _respond(url: str, answer: dict[str, Any]) -> None:
    if not url.startswith("https://"):
        raise ValueError(f"ResponseURL {url!r}: expected https")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked
        url, data=json.dumps(answer).encode(), method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - as above
        logger.info("answered CloudFormation", http_status=response.status)
