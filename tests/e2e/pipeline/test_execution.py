"""The default case: ``{}``, all of MNIST, a first promotion."""

import io
import json

import numpy as np
import pytest

from contract import names
from contract.evaluation import Evaluation
from contract.execution_output import ExecutionOutput
from contract.manifest import Manifest
from contract.promotion import Promotion
from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import Deployment, Outcome


@pytest.fixture(scope="module")
def outcome(deployment: Deployment) -> Outcome:
    return deployment.run({})


@pytest.fixture(scope="module")
def evaluation(deployment: Deployment, outcome: Outcome) -> Evaluation:
    key = names.evaluation_key(deployment.names(outcome).folder)
    return Evaluation.model_validate_json(deployment.read(key))


def test_it_succeeds_by_way_of_every_step(outcome: Outcome) -> None:
    assert outcome.status == "SUCCEEDED", outcome.told
    steps = ["CheckInput", "Ingest", "Prepare", "Train", "ValidationGate", "CreateModel"]
    steps += ["CreateEndpointConfig", "CreateCandidate", "Evaluate", "TestGate"]
    steps += ["DeleteCandidate", "Promote", "Promoted"]
    assert [state for state in dict.fromkeys(outcome.states) if state in steps] == steps


def test_the_confusion_matrix_is_of_all_test_images(evaluation: Evaluation) -> None:
    (true_negatives, false_positives), (false_negatives, true_positives) = (
        evaluation.confusion_matrix.matrix
    )
    assert true_negatives + false_positives == 9020
    assert false_negatives + true_positives == 980
    assert evaluation.metrics.f1 >= 0.955
    assert evaluation.dataset.records == 10_000


def test_its_output_says_what_a_console_user_wants_to_know(
    deployment: Deployment, outcome: Outcome, evaluation: Evaluation
) -> None:
    output = ExecutionOutput.model_validate(outcome.output)
    assert output.confusion_matrix == evaluation.confusion_matrix
    assert output.metrics == evaluation.metrics
    assert output.endpoint == deployment.endpoint
    assert [verdict.passed for verdict in output.verdicts] == [True, True]
    for uri in output.uris.model_dump().values():
        bucket, key = names.split_s3_uri(uri)
        assert bucket == deployment.bucket
        assert deployment.read(key)


def test_the_evaluation_agrees_with_the_predictions_beside_it(
    deployment: Deployment, outcome: Outcome, evaluation: Evaluation
) -> None:
    key = names.predictions_key(deployment.names(outcome).folder)
    with np.load(io.BytesIO(deployment.read(key)), allow_pickle=False) as predictions:
        actual, predicted = predictions["labels"], predictions["predicted_labels"]
        assert predictions["replay_features"].shape == (100, 784)
    counts = [[int(np.sum((actual == a) & (predicted == p))) for p in (0, 1)] for a in (0, 1)]
    assert [list(row) for row in evaluation.confusion_matrix.matrix] == counts


def test_the_confusion_matrix_is_there_as_csv(
    deployment: Deployment, outcome: Outcome, evaluation: Evaluation
) -> None:
    text = deployment.read(names.confusion_matrix_key(deployment.names(outcome).folder)).decode()
    numbers = [[int(cell) for cell in line.split(",")[1:]] for line in text.splitlines()[1:]]
    assert numbers == [list(row) for row in evaluation.confusion_matrix.matrix]


def test_the_manifest_describes_mnist(deployment: Deployment, outcome: Outcome) -> None:
    output = ExecutionOutput.model_validate(outcome.output)
    manifest = Manifest.model_validate_json(
        deployment.read(names.split_s3_uri(output.uris.manifest)[1])
    )
    assert {name: split.records for name, split in manifest.splits.items()} == {
        "train": 50_000,
        "validation": 10_000,
        "test": 10_000,
    }
    assert [split.positives for split in manifest.splits.values()] == [4932, 991, 980]
    assert manifest.feature_dim == 784


def test_the_live_endpoint_runs_what_was_judged(
    deployment: Deployment, outcome: Outcome, clients: Clients
) -> None:
    found = deployment.names(outcome)
    assert deployment.live_config() == found.resource
    promotion = Promotion.model_validate_json(deployment.read(names.promotion_key(found.folder)))
    assert (promotion.endpoint, promotion.config) == (deployment.endpoint, found.resource)
    assert promotion.replaced_config is None
    answer = clients.runtime.invoke_endpoint(
        EndpointName=deployment.endpoint, ContentType="text/csv", Body=",".join(["0"] * 784)
    )
    [prediction] = json.loads(answer["Body"].read())["predictions"]
    assert prediction["predicted_label"] == 0


def test_a_copy_of_the_evaluation_is_the_latest(
    deployment: Deployment, evaluation: Evaluation
) -> None:
    latest = Evaluation.model_validate_json(deployment.read(names.LATEST_EVALUATION_KEY))
    assert latest == evaluation


def test_nothing_is_left_but_what_the_live_endpoint_needs(
    deployment: Deployment, outcome: Outcome
) -> None:
    assert outcome.status == "SUCCEEDED", outcome.told
    left = deployment.left()
    assert left["endpoints"] == []
    assert left["running jobs"] == []


def test_the_training_job_shows_its_metrics(
    deployment: Deployment, outcome: Outcome, clients: Clients
) -> None:
    job = deployment.names(outcome).training_job(names.attempt(0, 0))
    described = clients.sagemaker.describe_training_job(TrainingJobName=job)
    metrics = {metric.get("MetricName") for metric in described["FinalMetricDataList"]}
    assert {"train:objective_loss", "validation:binary_f_beta", "validation:recall"} <= metrics
