"""Prepare: from the dataset to what the training job and Evaluate read."""

from contract.tasks import PreparedDataset, PrepareEvent
from lambdas import clients, environment
from lambdas.observability import logger, task
from lambdas.prepare.preparation import Preparer


@task(PrepareEvent)
def handler(event: PrepareEvent) -> PreparedDataset:
    """Answer with where the shards are."""
    prepared = Preparer(clients.s3(), environment.bucket_name()).prepare(event)
    logger.info("prepared", **prepared.model_dump(mode="json"))
    return prepared
