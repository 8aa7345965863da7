"""Ingest: the dataset into the pipeline's own bucket, so that it stays what it was."""

from contract.tasks import IngestedDataset, IngestEvent
from lambdas import clients, environment
from lambdas.ingest.ingestion import Ingestor
from lambdas.observability import logger, task


@task(IngestEvent)
def handler(event: IngestEvent) -> IngestedDataset:
    """Answer with where the dataset is kept, and its checksum."""
    ingested = Ingestor(clients.s3(), environment.bucket_name()).ingest(event.dataset)
    logger.info("ingested", **ingested.model_dump(mode="json"))
    return ingested
