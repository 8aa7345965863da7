"""Promote: one step towards the live endpoint on the new config; called until it says no more."""

from contract.tasks import PromoteEvent, PromoteResult
from lambdas import clients, environment
from lambdas.observability import logger, task
from lambdas.promote.promotion import Promoter


@task(PromoteEvent)
def handler(event: PromoteEvent) -> PromoteResult:
    """Look at the live endpoint, do the next step, and say how far it is."""
    promoter = Promoter(
        sagemaker=clients.sagemaker(),
        runtime=clients.sagemaker_runtime(),
        s3=clients.s3(),
        bucket=environment.bucket_name(),
        stack=environment.stack_hash(),
    )
    result = promoter.advance(event)
    logger.info(result.reason, outcome=result.outcome, endpoint=event.names.live_endpoint)
    return result
