"""Whole calls of Promote: what it asks of AWS, and what it answers."""

import io
import json
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import ANY

from contract.names import EXECUTION_TAG, STACK_TAG, evaluation_key, predictions_key, promotion_key
from contract.promotion import PromotionProgress
from contract.tasks import PromoteEvent, PromoteResult
from data_prep import recordio
from lambdas.predictions import Predictions, save
from lambdas.promote.promotion import Promoter
from tests.unit.lambdas.stubs import BUCKET, EXECUTION, LIVE, NAMES, STACK, Clients

WANTED = NAMES.resource
SENT = PromotionProgress(replaced_config="old", update_sent=True)
SCORES = [0.01, 0.99, 0.4, 0.6]
LABELS = [0, 1, 0, 1]
FEATURES = np.arange(8, dtype=np.float32).reshape(4, 2)


def advance(aws: Clients, progress: PromotionProgress | None = None) -> PromoteResult:
    event = PromoteEvent(
        execution=EXECUTION, names=NAMES, config=WANTED, progress=progress or PromotionProgress()
    )
    promoter = Promoter(
        sagemaker=aws.sagemaker, runtime=aws.runtime, s3=aws.s3, bucket=BUCKET, stack=STACK
    )
    return promoter.advance(event)


def expect_update(aws: Clients, config: str) -> None:
    asked = {
        "EndpointName": LIVE,
        "EndpointConfigName": config,
        "RetainAllVariantProperties": True,
    }
    aws.expect("sagemaker", "update_endpoint", asked, {"EndpointArn": "arn:aws:sagemaker:::live"})


def body(content: bytes) -> StreamingBody:
    return StreamingBody(io.BytesIO(content), len(content))


def expect_replay(
    aws: Clients, scores: list[float], expected_scores: list[float] | None = None
) -> None:
    expected = Predictions(np.array(LABELS, np.int64), np.array(expected_scores or SCORES))
    kept = save(expected.labels, expected, np.arange(4), FEATURES)
    asked = {"Bucket": BUCKET, "Key": predictions_key(NAMES.folder)}
    aws.expect("s3", "get_object", asked, {"Body": body(kept)})
    predictions = [{"score": s, "predicted_label": int(s >= 0.5)} for s in scores]
    answer = json.dumps({"predictions": predictions}).encode()
    sent = {
        "EndpointName": LIVE,
        "ContentType": "application/x-recordio-protobuf",
        "Accept": "application/json",
        "Body": Records(FEATURES),
    }
    aws.expect("runtime", "invoke_endpoint", sent, {"Body": body(answer)})


class Records:
    """Equal to the recordIO of these features."""

    def __init__(self, features: np.ndarray[Any, Any]) -> None:
        self.features = features

    def __eq__(self, sent: object) -> bool:
        assert isinstance(sent, bytes)
        return bool(np.array_equal(recordio.read(sent)[0], self.features))  # pyright: ignore[reportArgumentType]

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def expect_promotion(aws: Clients) -> list[dict[str, Any]]:
    copied = {
        "Bucket": BUCKET,
        "Key": "evaluations/latest.json",
        "CopySource": {"Bucket": BUCKET, "Key": evaluation_key(NAMES.folder)},
    }
    aws.expect("s3", "copy_object", copied, {})
    written = {
        "Bucket": BUCKET,
        "Key": promotion_key(NAMES.folder),
        "Body": ANY,
        "ContentType": "application/json",
        "IfNoneMatch": "*",
    }
    aws.expect("s3", "put_object", written, {})
    promotions: list[dict[str, Any]] = []

    def remember(params: dict[str, Any], **_: Any) -> None:
        promotions.append(json.loads(params["Body"]))

    aws.s3.meta.events.register("provide-client-params.s3.PutObject", remember)
    return promotions


def test_an_absent_endpoint_is_created_with_its_owners_tags(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, None)
    tags = [
        {"Key": STACK_TAG, "Value": STACK},
        {"Key": EXECUTION_TAG, "Value": EXECUTION.arn},
    ]
    aws.expect(
        "sagemaker",
        "create_endpoint",
        {"EndpointName": LIVE, "EndpointConfigName": WANTED, "Tags": tags},
        {"EndpointArn": "arn:aws:sagemaker:::live"},
    )
    result = advance(aws)
    assert result.outcome == "wait"
    assert result.progress == PromotionProgress(update_sent=True)


def test_an_update_keeps_the_scale_of_the_variants(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", "old")
    expect_update(aws, WANTED)
    result = advance(aws)
    assert result.outcome == "wait"
    assert result.progress == SENT


def test_a_failed_endpoint_of_ours_is_deleted(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "Failed", "old")
    aws.expect("sagemaker", "delete_endpoint", {"EndpointName": LIVE}, {})
    assert advance(aws).outcome == "wait"


def test_somebody_elses_endpoint_is_refused_by_name(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", "old", stack="ffffffff")
    result = advance(aws)
    assert result.outcome == "refused"
    assert result.reason == (
        f"endpoint {LIVE} is tagged as owned by stack ffffffff, not by stack {STACK}"
    )


@pytest.mark.parametrize(
    "message",
    [
        'Cannot update in-progress endpoint "arn:aws:sagemaker:::live".',
        'Cannot create already existing endpoint "arn:aws:sagemaker:::live".',
    ],
)
def test_who_was_not_the_first_looks_again(aws: Clients, message: str) -> None:
    aws.expect_endpoint(LIVE, "InService", "old")
    asked = {"EndpointName": ANY, "EndpointConfigName": ANY, "RetainAllVariantProperties": True}
    aws.expect_error("sagemaker", "update_endpoint", asked, "ValidationException", message)
    result = advance(aws)
    assert result.outcome == "wait"
    assert result.progress == PromotionProgress(replaced_config="old")


def test_an_update_whose_answer_was_lost_can_be_sent_back(aws: Clients) -> None:
    asked_before = PromotionProgress(replaced_config="old")
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_replay(aws, [0.5, 0.5, 0.5, 0.5])
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_update(aws, "old")
    result = advance(aws, asked_before)
    assert result.progress == SENT.model_copy(update={"reverting": True})


def test_a_failed_endpoint_that_somebody_else_has_deleted_is_absent_next_time(
    aws: Clients,
) -> None:
    aws.expect_endpoint(LIVE, "Failed", "old")
    message = f'Could not find endpoint "{LIVE}".'
    asked = {"EndpointName": LIVE}
    aws.expect_error("sagemaker", "delete_endpoint", asked, "ValidationException", message)
    assert advance(aws).outcome == "wait"


def test_any_other_error_is_raised(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", "old")
    asked = {"EndpointName": ANY, "EndpointConfigName": ANY, "RetainAllVariantProperties": True}
    aws.expect_error("sagemaker", "update_endpoint", asked, "AccessDeniedException", "no")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        advance(aws)


def test_arrived_and_answering_alike_is_promoted_and_recorded(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_replay(aws, [score + 9e-7 for score in SCORES])
    promotions = expect_promotion(aws)
    result = advance(aws, SENT)
    assert result.outcome == "promoted"
    (promotion,) = promotions
    assert promotion.pop("promoted_at").endswith("+00:00")
    assert promotion == {
        "execution": EXECUTION.arn,
        "endpoint": LIVE,
        "config": WANTED,
        "replaced_config": "old",
    }


MARGINS = [-40.0, 90.0, 0.4, 0.6]
"""Scores of a model of the hinge loss: float32 sums of terms this large differ by more."""


def test_scores_beyond_1_are_alike_to_within_a_share_of_the_largest(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_replay(aws, [score + 8e-5 for score in MARGINS], MARGINS)
    expect_promotion(aws)
    assert advance(aws, SENT).outcome == "promoted"


def test_scores_beyond_1_that_differ_send_the_endpoint_back(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_replay(aws, [score + 1e-4 for score in MARGINS], MARGINS)
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_update(aws, "old")
    assert advance(aws, SENT).progress.reverting


def test_a_promotion_that_was_recorded_before_stays(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_replay(aws, SCORES)
    aws.expect("s3", "copy_object", {"Bucket": ANY, "Key": ANY, "CopySource": ANY}, {})
    written = {"Bucket": ANY, "Key": ANY, "Body": ANY, "ContentType": ANY, "IfNoneMatch": "*"}
    aws.expect_error("s3", "put_object", written, "PreconditionFailed")
    assert advance(aws, SENT).outcome == "promoted"


@pytest.mark.parametrize(
    "scores",
    [
        pytest.param([0.01, 0.99, 0.4, 0.6 + 2e-6], id="a score"),
        pytest.param([0.01, 0.99, 0.6, 0.4], id="labels"),
        pytest.param([0.01, 0.99, 0.4], id="a record without an answer"),
    ],
)
def test_answers_that_differ_send_the_endpoint_back(aws: Clients, scores: list[float]) -> None:
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_replay(aws, scores)
    aws.expect_endpoint(LIVE, "InService", WANTED)
    expect_update(aws, "old")
    result = advance(aws, SENT)
    assert result.outcome == "wait"
    assert result.progress == SENT.model_copy(update={"reverting": True})


def test_back_on_the_old_config_is_a_mismatch(aws: Clients) -> None:
    aws.expect_endpoint(LIVE, "InService", "old")
    result = advance(aws, SENT.model_copy(update={"reverting": True}))
    assert result.outcome == "mismatch"
    assert "otherwise than the candidate did" in result.reason


def test_an_endpoint_that_this_execution_created_is_deleted_if_it_answers_otherwise(
    aws: Clients,
) -> None:
    aws.expect_endpoint(LIVE, "InService", WANTED, execution=EXECUTION.arn)
    expect_replay(aws, [0.5, 0.5, 0.5, 0.5])
    aws.expect_endpoint(LIVE, "InService", WANTED, execution=EXECUTION.arn)
    aws.expect("sagemaker", "delete_endpoint", {"EndpointName": LIVE}, {})
    result = advance(aws, PromotionProgress(update_sent=True))
    assert result.outcome == "wait"
    assert result.progress.reverting
