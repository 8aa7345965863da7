"""An execution whose input chooses how the model is trained."""

from copy import deepcopy
from datetime import timedelta
from typing import Any, Final

import boto3
import pytest

from contract.execution_output import ExecutionOutput
from tests.e2e.pipeline.deployment import Deployment, Outcome

CHOSEN: Final = {
    "optimizer": "sgd",
    "momentum": "0.9",
    "learning_rate": "0.01",
    "loss": "hinge_loss",
    "margin": "0.5",
    "binary_classifier_model_selection_criteria": "recall_at_target_precision",
    "target_precision": "0.9",
}


@pytest.fixture(scope="module")
def outcome(deployment: Deployment, small_input: dict[str, Any]) -> Outcome:
    value = deepcopy(small_input)
    value["training"]["hyperparameters"] |= CHOSEN
    return deployment.run(value)


@pytest.fixture(scope="module")
def job(deployment: Deployment, outcome: Outcome) -> dict[str, Any]:
    """The description of the training job."""
    output = ExecutionOutput.model_validate(outcome.output)
    name = output.uris.model_artifact.split("/")[-3]
    sagemaker = deployment.clients.sagemaker
    return dict(sagemaker.describe_training_job(TrainingJobName=name))


def test_the_job_is_trained_as_the_input_says(outcome: Outcome, job: dict[str, Any]) -> None:
    assert outcome.status == "SUCCEEDED", outcome.told
    assert CHOSEN.items() <= job["HyperParameters"].items()
    assert ExecutionOutput.model_validate(outcome.output).metrics.precision > 0.8


def test_the_jobs_role_may_put_its_metrics(session: boto3.Session, job: dict[str, Any]) -> None:
    """The policy of the training role names the namespace that SageMaker puts metrics into."""
    cloudwatch = session.client("cloudwatch")  # pyright: ignore[reportUnknownMemberType]  # stubs
    found = cloudwatch.get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="validation:binary_f_beta",
        Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
        StartTime=job["TrainingStartTime"],
        EndTime=job["TrainingEndTime"] + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    assert [point.get("Maximum", 0) > 0.5 for point in found["Datapoints"]] == [True]
