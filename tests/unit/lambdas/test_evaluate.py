"""Evaluate, on a candidate that answers as a model does: by the features it is sent."""

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from numpy.typing import NDArray

from contract.evaluation import ConfusionMatrix, Evaluation
from contract.hyperparameters import Loss
from contract.names import confusion_matrix_key, evaluation_key, predictions_key
from contract.tasks import EvaluateEvent, PreparedDataset
from data_prep.recordio import read
from lambdas import inference
from lambdas.errors import InferenceFailed
from lambdas.evaluate import records as evaluated_records
from lambdas.evaluate.evaluation import Evaluator, choose_replayed, render_csv
from lambdas.predictions import load_replay
from lambdas.prepare import preparation
from tests.unit.lambdas.datasets import TEST_IMAGES, TEST_LABELS, keys
from tests.unit.lambdas.stubs import EXECUTION, NAMES
from tests.unit.lambdas.test_prepare import pixels, prepare

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FEATURES = pixels(TEST_IMAGES)
THRESHOLD = 0.5


def score(features: NDArray[np.float32]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-4 * (features.mean(axis=1).astype(np.float64) - 0.5)))


def error(code: str, status: int = 0) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": f"Received {status} from primary"},
        "OriginalStatusCode": status,
    }
    return ClientError(response, "InvokeEndpoint")


@dataclass
class Candidate:
    """An endpoint in process: it decodes what it is sent, or fails as it is told."""

    failures: list[Exception] = field(default_factory=list[Exception])
    bodies: list[bytes] = field(default_factory=list[bytes])
    answer: bytes | None = None

    def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
        assert asked["EndpointName"] == NAMES.resource
        assert asked["ContentType"] == "application/x-recordio-protobuf"
        assert asked["Accept"] == "application/json"
        self.bodies.append(asked["Body"])
        if self.failures:
            raise self.failures.pop(0)
        features, _ = read(asked["Body"])
        assert isinstance(features, np.ndarray)
        predictions = [
            {"score": found, "predicted_label": int(found >= THRESHOLD)}
            for found in score(features).tolist()
        ]
        content = self.answer or json.dumps({"predictions": predictions}).encode()
        return {"Body": io.BytesIO(content)}


@pytest.fixture
def prepared(s3: "S3Client", bucket: str) -> PreparedDataset:
    return prepare(s3, bucket)


@pytest.fixture(autouse=True)
def no_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "RETRY_DELAYS", (0.0, 0.0))


def evaluate(
    s3: "S3Client",
    bucket: str,
    prepared: PreparedDataset,
    candidate: Candidate,
    loss: Loss = "logistic",
) -> Evaluation:
    event = EvaluateEvent(
        execution=EXECUTION,
        names=NAMES,
        endpoint=NAMES.resource,
        model=NAMES.resource,
        loss=loss,
        prepared=prepared,
    )
    runtime: Any = candidate
    return Evaluator(s3, runtime, bucket).evaluate(event)


def test_every_record_counts_once(s3: "S3Client", bucket: str, prepared: PreparedDataset) -> None:
    found = evaluate(s3, bucket, prepared, Candidate())
    predicted = score(FEATURES) >= THRESHOLD
    actual = TEST_LABELS == 0
    assert found.confusion_matrix.matrix == (
        (int((~actual & ~predicted).sum()), int((~actual & predicted).sum())),
        (int((actual & ~predicted).sum()), int((actual & predicted).sum())),
    )
    assert found.metrics.accuracy == pytest.approx((actual == predicted).mean())
    assert found.dataset.records == len(TEST_LABELS)
    assert found.dataset.sha256 == prepared.source.sha256
    assert found.highest_negative_score is not None
    assert found.lowest_positive_score is not None
    assert found.highest_negative_score < THRESHOLD <= found.lowest_positive_score
    assert found.latency_ms.requests == 1
    assert found.latency_ms.p50 <= found.latency_ms.p99 <= found.latency_ms.maximum


def test_a_model_of_the_hinge_loss_is_evaluated_but_for_the_log_loss(
    s3: "S3Client", bucket: str, prepared: PreparedDataset
) -> None:
    margins = 9 * (FEATURES.mean(axis=1) - 0.5)
    predictions = [
        {"score": float(margin), "predicted_label": int(margin >= -0.3)} for margin in margins
    ]
    answer = json.dumps({"predictions": predictions}).encode()
    found = evaluate(s3, bucket, prepared, Candidate(answer=answer), loss="hinge_loss")
    assert found.metrics.log_loss is None
    assert found.highest_negative_score is not None
    assert found.highest_negative_score < -0.3
    kept = s3.get_object(Bucket=bucket, Key=evaluation_key(NAMES.folder))["Body"].read()
    assert json.loads(kept)["metrics"]["log_loss"] is None
    assert Evaluation.model_validate_json(kept) == found


def test_what_is_written_is_what_is_answered(
    s3: "S3Client", bucket: str, prepared: PreparedDataset
) -> None:
    found = evaluate(s3, bucket, prepared, Candidate())

    def content(key: str) -> bytes:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    assert Evaluation.model_validate_json(content(evaluation_key(NAMES.folder))) == found
    lines = list(csv.reader(content(confusion_matrix_key(NAMES.folder)).decode().splitlines()))
    assert lines[0] == ["actual", "predicted_0", "predicted_1"]
    matrix = found.confusion_matrix.matrix
    assert lines[1:] == [["0", *map(str, matrix[0])], ["1", *map(str, matrix[1])]]
    replay = load_replay(content(predictions_key(NAMES.folder)))
    assert replay.features.shape == FEATURES.shape, "of fewer than 100 records, all"
    assert np.allclose(score(replay.features), replay.expected.scores)


def test_requests_are_few_and_large_and_slices_of_the_shards(
    s3: "S3Client", bucket: str, prepared: PreparedDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    (size,) = {len(body) // len(TEST_LABELS) for body in sent(s3, bucket, prepared)}
    s3.delete_object(Bucket=bucket, Key=evaluation_key(NAMES.folder))
    monkeypatch.setattr(evaluated_records, "MAXIMUM_BODY_BYTES", 9 * size + 1)
    bodies = sent(s3, bucket, prepared)
    assert sorted(len(body) // size for body in bodies) == [6, 7, 7]
    assert sum(len(body) for body in bodies) == size * len(TEST_LABELS)


def sent(s3: "S3Client", bucket: str, prepared: PreparedDataset) -> list[bytes]:
    candidate = Candidate()
    evaluate(s3, bucket, prepared, candidate)
    return candidate.bodies


def test_several_shards_are_one_evaluation(
    s3: "S3Client", bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evaluate(s3, bucket, prepare(s3, bucket), Candidate())
    s3.delete_object(Bucket=bucket, Key=evaluation_key(NAMES.folder))
    monkeypatch.setattr(preparation, "SHARD_BYTES", 300)
    candidate = Candidate()
    parts = evaluate(s3, bucket, prepare(s3, bucket, attempt="0-1"), candidate)
    assert len(candidate.bodies) > 3
    assert parts.confusion_matrix == whole.confusion_matrix
    assert parts.metrics == whole.metrics


def test_a_record_that_no_request_admits_is_told(
    s3: "S3Client", bucket: str, prepared: PreparedDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluated_records, "MAXIMUM_BODY_BYTES", 10)
    with pytest.raises(InferenceFailed, match="a request admits 10"):
        evaluate(s3, bucket, prepared, Candidate())


def test_a_second_call_answers_with_the_first_evaluation(
    s3: "S3Client", bucket: str, prepared: PreparedDataset
) -> None:
    first = evaluate(s3, bucket, prepared, Candidate())
    again = Candidate()
    assert evaluate(s3, bucket, prepared, again) == first
    assert again.bodies == []
    assert len(keys(s3, bucket, "evaluations/")) == 3, "nothing is written twice"


def test_who_ends_second_answers_with_the_first_evaluation(
    s3: "S3Client", bucket: str, prepared: PreparedDataset
) -> None:
    class Overtaken(Candidate):
        def invoke_endpoint(self, **asked: Any) -> dict[str, Any]:
            self.first = evaluate(s3, bucket, prepared, Candidate())
            return super().invoke_endpoint(**asked)

    slower = Overtaken()
    assert evaluate(s3, bucket, prepared, slower) == slower.first


@pytest.mark.parametrize(
    "failure",
    [
        error("ModelError", 503),
        error("ModelNotReadyException"),
        error("InternalDependencyException"),
    ],
)
def test_a_failure_that_passes_is_tried_again(
    s3: "S3Client", bucket: str, prepared: PreparedDataset, failure: ClientError
) -> None:
    candidate = Candidate([failure, failure])
    evaluate(s3, bucket, prepared, candidate)
    assert len(candidate.bodies) == 3


@pytest.mark.parametrize(
    ("failures", "expected", "message"),
    [
        ([error("ModelError", 400)], InferenceFailed, "Received 400 from primary"),
        (3 * [error("ModelError", 500)], InferenceFailed, "Received 500 from primary"),
        ([error("AccessDeniedException")], ClientError, "AccessDeniedException"),
    ],
)
def test_a_failure_that_stays_is_told_and_nothing_is_written(
    s3: "S3Client",
    bucket: str,
    prepared: PreparedDataset,
    failures: list[Exception],
    expected: type[Exception],
    message: str,
) -> None:
    with pytest.raises(expected, match=message):
        evaluate(s3, bucket, prepared, Candidate(list(failures)))
    assert keys(s3, bucket, "evaluations/") == []


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"<html>", r"answered b'<html>': expected"),
        (b'{"predictions": [{"score": 0.5}]}', "expected"),
        (b'{"predictions": [{"score": 0.5, "predicted_label": 1}]}', "1 predictions to 20 records"),
        (b'{"predictions": [' + 20 * b'{"score": NaN, "predicted_label": 1},', "expected"),
        (
            json.dumps({"predictions": 20 * [{"score": 0.1, "predicted_label": 7}]}).encode(),
            "the label 0 or 1",
        ),
        (
            json.dumps({"predictions": 20 * [{"score": np.nan, "predicted_label": 1}]}).encode(),
            "a finite score",
        ),
    ],
)
def test_an_answer_that_is_none_is_told(
    s3: "S3Client", bucket: str, prepared: PreparedDataset, answer: bytes, message: str
) -> None:
    with pytest.raises(InferenceFailed, match=message):
        evaluate(s3, bucket, prepared, Candidate(answer=answer))


def test_the_replayed_records_reach_from_the_lowest_score_to_the_highest() -> None:
    scores = np.random.default_rng(0).random(10_000)
    chosen = choose_replayed(scores)
    assert len(set(chosen.tolist())) == 100
    assert scores[chosen[0]] == scores.min()
    assert scores[chosen[-1]] == scores.max()
    assert np.all(np.diff(scores[chosen]) >= 0)


def test_a_confusion_matrix_is_readable_without_the_contract() -> None:
    matrix = ConfusionMatrix(labels=(0, 1), matrix=((8976, 44), (49, 931)))
    assert render_csv(matrix) == "actual,predicted_0,predicted_1\n0,8976,44\n1,49,931\n"
