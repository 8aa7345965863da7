"""All test records through the candidate, and the evaluation of its answers.

An evaluation is written once: a call that finds one answers with it, and of
two calls at once the first to end counts. ``evaluation.json`` is written last:
where it is, its companions are.

Permissions: ``s3:GetObject`` on ``prepared/*``, ``s3:GetObject`` and
``s3:PutObject`` on ``evaluations/*``, ``sagemaker:InvokeEndpoint`` on the
stack's candidates.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from contract.evaluation import ConfusionMatrix, EvaluatedDataset, Evaluation, Latency
from contract.manifest import Manifest
from contract.names import confusion_matrix_key, evaluation_key, predictions_key, split_s3_uri
from contract.tasks import EvaluateEvent
from lambdas import objects, predictions
from lambdas.evaluate import metrics
from lambdas.evaluate.records import Records, Request, load_records
from lambdas.inference import predict
from lambdas.predictions import Predictions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

REQUESTS_AT_ONCE: Final = 4
"""As many as an ml.m4.xlarge has processors."""

REPLAYED_RECORDS: Final = 100
"""How many records are kept for a promotion to ask again: less than a request."""


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What came back: predictions in the order of the records, and how long it took."""

    predictions: Predictions
    latencies_ms: NDArray[np.float64]
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates candidates on prepared test records."""

    s3: "S3Client"
    runtime: "SageMakerRuntimeClient"
    bucket: str

    def evaluate(self, event: EvaluateEvent) -> Evaluation:
        """Send every test record, measure the answers, and write them down.

        Raises
        ------
        InferenceFailed
            If the candidate does not answer them all.
        """
        key = evaluation_key(event.names.folder)
        kept = objects.read_if_there(self.s3, self.bucket, key)
        if kept is not None:
            return Evaluation.model_validate_json(kept)
        with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
            records = load_records(self.s3, self.bucket, self._manifest(event), pool)
            answers = self._ask(event.endpoint, list(records.requests()), pool)
        evaluation = _evaluate(event, records, answers)
        if self._write(event, evaluation, records, answers):
            return evaluation
        return Evaluation.model_validate_json(objects.read(self.s3, self.bucket, key))

    def _manifest(self, event: EvaluateEvent) -> Manifest:
        _, key = split_s3_uri(event.prepared.manifest_uri)
        return Manifest.model_validate_json(objects.read(self.s3, self.bucket, key))

    def _ask(self, endpoint: str, requests: list[Request], pool: ThreadPoolExecutor) -> _Answers:
        def ask(request: Request) -> tuple[Predictions, float]:
            began = time.perf_counter()
            answer = predict(self.runtime, endpoint, request.body, request.records)
            return answer, time.perf_counter() - began

        began = time.perf_counter()
        answers = list(pool.map(ask, requests))
        seconds = time.perf_counter() - began
        return _Answers(
            predictions=Predictions(
                labels=np.concatenate([answer.labels for answer, _ in answers]),
                scores=np.concatenate([answer.scores for answer, _ in answers]),
            ),
            latencies_ms=np.array([1000 * latency for _, latency in answers]),
            seconds=seconds,
        )

    def _write(
        self, event: EvaluateEvent, evaluation: Evaluation, records: Records, answers: _Answers
    ) -> bool:
        """Write evaluation and companions; return whether no other call was quicker."""
        folder = event.names.folder
        replayed = choose_replayed(answers.predictions.scores)
        kept = predictions.save(
            records.labels, answers.predictions, replayed, records.take(replayed)
        )
        matrix = render_csv(evaluation.confusion_matrix)
        self._write_once(predictions_key(folder), kept, "application/octet-stream")
        self._write_once(confusion_matrix_key(folder), matrix.encode(), "text/csv")
        content = evaluation.model_dump_json(indent=2).encode()
        return self._write_once(evaluation_key(folder), content, "application/json")

    def _write_once(self, key: str, content: bytes, content_type: str) -> bool:
        return objects.write_once(self.s3, self.bucket, key, content, content_type)


def choose_replayed(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Choose the records to replay: from the lowest score to the highest, in even steps of rank.

    Parameters
    ----------
    scores
        Shape ``(records,)``.

    Returns
    -------
    ndarray
        Indices of `REPLAYED_RECORDS` records, or of all if there are fewer.
    """
    count = min(REPLAYED_RECORDS, scores.size)
    ranks = np.linspace(0, scores.size - 1, count).round().astype(np.int64)
    return np.argsort(scores, kind="stable")[ranks]


def render_csv(matrix: ConfusionMatrix) -> str:
    """Return a confusion matrix as CSV: a line an actual class, a column a predicted one."""
    head = ",".join(["actual", *(f"predicted_{label}" for label in matrix.labels)])
    lines = [
        ",".join(map(str, (label, *counts)))
        for label, counts in zip(matrix.labels, matrix.matrix, strict=True)
    ]
    return "\n".join([head, *lines]) + "\n"


def _evaluate(event: EvaluateEvent, records: Records, answers: _Answers) -> Evaluation:
    found = answers.predictions
    matrix = metrics.confusion_matrix(records.labels, found.labels)
    count = records.labels.size
    return Evaluation(
        execution=event.execution.arn,
        endpoint=event.endpoint,
        model=event.model,
        dataset=EvaluatedDataset(**event.prepared.source.model_dump(), records=count),
        confusion_matrix=matrix,
        metrics=metrics.measure(matrix, records.labels, found.scores, event.loss),
        highest_negative_score=metrics.highest_below_threshold(found.labels, found.scores),
        lowest_positive_score=metrics.lowest_above_threshold(found.labels, found.scores),
        latency_ms=_latency(answers.latencies_ms),
        seconds=answers.seconds,
        records_per_second=count / answers.seconds,
    )


def _latency(latencies_ms: NDArray[np.float64]) -> Latency:
    p50, p90, p99 = np.percentile(latencies_ms, [50, 90, 99]).tolist()
    return Latency(
        requests=latencies_ms.size, p50=p50, p90=p90, p99=p99, maximum=float(latencies_ms.max())
    )
