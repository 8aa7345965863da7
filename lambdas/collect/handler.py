"""Collect: called at the end of every execution, by the clock, and by hand."""

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


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Collect once, and say what was done."""
    return make_collector().collect(CollectEvent.model_validate(event)).model_dump(mode="json")
