"""Collect: called by the end of an execution, by the clock, and by hand."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from contract.tasks import CollectEvent
from lambdas import clients, environment
from lambdas.collect.collector import Collector
from lambdas.collect.inventory import Surveyor
from lambdas.observability import observed


def make_collector() -> Collector:
    """Return the collector of the stack that this function belongs to."""
    surveyor = Surveyor(
        sagemaker=clients.sagemaker(),
        step_functions=clients.step_functions(),
        stack=environment.stack_hash(),
        live_endpoint=environment.live_endpoint(),
        state_machine=environment.state_machine_arn(),
    )
    return Collector(surveyor)


def parse(event: dict[str, Any]) -> CollectEvent:
    """Return what is asked for; EventBridge's events only say that it is time."""
    return CollectEvent() if "detail-type" in event else CollectEvent.model_validate(event)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Collect once, and say what was done."""
    return make_collector().collect(parse(event)).model_dump(mode="json")
