"""Evaluate: what the candidate answers to records that no training has seen."""

from contract.names import confusion_matrix_key, evaluation_key, s3_uri
from contract.tasks import EvaluateEvent, EvaluateResult
from lambdas import clients, environment
from lambdas.evaluate.evaluation import Evaluator
from lambdas.observability import logger, task


@task(EvaluateEvent)
def handler(event: EvaluateEvent) -> EvaluateResult:
    """Answer with the evaluation in short."""
    bucket, folder = environment.bucket_name(), event.names.folder
    evaluation = Evaluator(clients.s3(), clients.sagemaker_runtime(), bucket).evaluate(event)
    logger.info(
        "evaluated",
        metrics=evaluation.metrics.model_dump(),
        seconds=evaluation.seconds,
        latency_ms=evaluation.latency_ms.model_dump(),
    )
    return EvaluateResult(
        evaluation_uri=s3_uri(bucket, evaluation_key(folder)),
        confusion_matrix_uri=s3_uri(bucket, confusion_matrix_key(folder)),
        confusion_matrix=evaluation.confusion_matrix,
        metrics=evaluation.metrics,
    )
