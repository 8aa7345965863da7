"""Step Functions' integrations with SageMaker; ministack has none of them."""

import io
import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from data_prep.recordio import write_dense
from tests.e2e.adapter.account import ALLOW_ALL, Account, Statement, unique

TRAIN = "arn:aws:states:::sagemaker:createTrainingJob.sync"
SDK = "arn:aws:states:::aws-sdk:sagemaker"
LONG = {"epochs": "1000000", "early_stopping_patience": "1000000"}


@pytest.fixture(scope="module")
def bucket(corrected: Account) -> str:
    """Return a bucket with records to train on."""
    name = unique("bucket")
    corrected.s3.create_bucket(Bucket=name)
    labels = np.arange(400, dtype=np.float32) % 2
    shard = io.BytesIO()
    write_dense(shard, np.stack([labels, 1 - labels], axis=1), labels)
    corrected.s3.put_object(Bucket=name, Key="train/part-00000.pbr", Body=shard.getvalue())
    return name


def job(account: Account, bucket: str, **hyperparameters: str) -> dict[str, Any]:
    """Return a CreateTrainingJob request."""
    image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/"}
    return {
        "TrainingJobName": unique("job"),
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "RoleArn": account.role("sagemaker"),
        "HyperParameters": {
            "predictor_type": "binary_classifier",
            "epochs": "1",
            **hyperparameters,
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "application/x-recordio-protobuf",
                "DataSource": {"S3DataSource": source},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {
            "InstanceType": "ml.c5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }


def train(
    account: Account, request: dict[str, Any], statements: Sequence[Statement] = (ALLOW_ALL,)
) -> Any:
    task = {"Resource": TRAIN, "Arguments": request}
    return account.task(task, account.role("states", statements))


def denying(action: str) -> list[Statement]:
    return [ALLOW_ALL, {"Effect": "Deny", "Action": action, "Resource": "*"}]


def status(account: Account, request: dict[str, Any]) -> str:
    name = request["TrainingJobName"]
    jobs = account.client("sagemaker").list_training_jobs(NameContains=name)
    return next((job["TrainingJobStatus"] for job in jobs["TrainingJobSummaries"]), "not there yet")


def wait_for_status(account: Account, request: dict[str, Any], *expected: str) -> None:
    deadline = time.monotonic() + 20
    while (found := status(account, request)) not in expected:
        assert time.monotonic() < deadline, f"the job is {found}, not {expected}"
        time.sleep(0.05)


def test_a_task_waits_for_its_job_and_describes_it(corrected: Account, bucket: str) -> None:
    request = job(corrected, bucket)

    ended = train(corrected, request)

    assert ended["status"] == "SUCCEEDED", ended
    described = json.loads(ended["output"])
    assert described["TrainingJobStatus"] == "Completed"
    assert described["ModelArtifacts"]["S3ModelArtifacts"].endswith("/output/model.tar.gz")
    assert abs(described["CreationTime"] / 1000 - time.time()) < 60, "in milliseconds"
    tags = corrected.client("sagemaker").list_tags(ResourceArn=described["TrainingJobArn"])["Tags"]
    assert {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"} in tags


def test_a_job_that_fails_is_the_cause(corrected: Account, bucket: str) -> None:
    ended = train(corrected, job(corrected, bucket, epochs="none"))

    assert ended["error"] == "States.TaskFailed"
    cause = json.loads(ended["cause"])
    assert cause["TrainingJobStatus"] == "Failed"
    assert "epochs" in cause["FailureReason"]


def test_what_the_api_refuses_has_the_optimised_integrations_name(
    corrected: Account, bucket: str
) -> None:
    request = job(corrected, bucket)
    request["ResourceConfig"]["InstanceCount"] = 0

    ended = train(corrected, request)

    assert ended["error"] == "SageMaker.AmazonSageMakerException"
    assert "Error Code: ValidationException" in ended["cause"]


@pytest.mark.parametrize(
    "action",
    ["sagemaker:CreateTrainingJob", "sagemaker:AddTags", "iam:PassRole"],
)
def test_training_needs_the_machines_permission(
    corrected: Account, bucket: str, action: str
) -> None:
    ended = train(corrected, job(corrected, bucket), denying(action))

    assert ended["error"] == "SageMaker.AmazonSageMakerException"
    assert f"is not authorized to perform: {action} on resource: arn:aws:" in ended["cause"]


def test_passing_a_role_is_for_sagemaker_alone(corrected: Account, bucket: str) -> None:
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    }
    others = {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}

    ended = train(corrected, job(corrected, bucket), [others, passing])

    assert "iam:PassRole" in ended["cause"]


def test_a_stopped_execution_stops_its_job(corrected: Account, bucket: str) -> None:
    request = job(corrected, bucket, **LONG)
    task = {"Type": "Task", "Resource": TRAIN, "Arguments": request, "End": True}
    execution = corrected.start(corrected.machine({"StartAt": "Train", "States": {"Train": task}}))
    wait_for_status(corrected, request, "InProgress")

    corrected.states.stop_execution(executionArn=execution)

    wait_for_status(corrected, request, "Stopped")


def test_a_task_that_is_timed_out_stops_its_job(corrected: Account, bucket: str) -> None:
    request = job(corrected, bucket, **LONG)

    ended = corrected.task({"Resource": TRAIN, "Arguments": request, "TimeoutSeconds": 2})

    assert ended["error"] == "States.Timeout"
    wait_for_status(corrected, request, "Stopped")


def test_what_an_operation_does_not_model_has_the_common_name(corrected: Account) -> None:
    arguments = {"EndpointName": "nobody"}

    ended = corrected.task({"Resource": f"{SDK}:describeEndpoint", "Arguments": arguments})

    assert ended["error"] == "SageMaker.SageMakerException"
    assert "Could not find endpoint" in ended["cause"]


def test_what_an_operation_models_has_its_own_name(corrected: Account) -> None:
    arguments = {"TrainingJobName": "nobody"}

    ended = corrected.task({"Resource": f"{SDK}:stopTrainingJob", "Arguments": arguments})

    assert ended["error"] == "SageMaker.ResourceNotFoundException"


def test_a_quota_that_is_used_up_has_its_own_name(corrected: Account, bucket: str) -> None:
    trained = json.loads(train(corrected, job(corrected, bucket))["output"])
    sagemaker, name = corrected.client("sagemaker"), unique("model")
    container = {
        "Image": trained["AlgorithmSpecification"]["TrainingImage"],
        "ModelDataUrl": trained["ModelArtifacts"]["S3ModelArtifacts"],
    }
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=trained["RoleArn"], PrimaryContainer=container
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": "ml.m4.xlarge",
        "InitialInstanceCount": 1000,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    arguments = {"EndpointName": name, "EndpointConfigName": name}

    ended = corrected.task({"Resource": f"{SDK}:createEndpoint", "Arguments": arguments})

    assert ended["error"] == "SageMaker.ResourceLimitExceededException"


def test_an_sdk_integration_needs_the_machines_permission(corrected: Account) -> None:
    task = {"Resource": f"{SDK}:describeEndpoint", "Arguments": {"EndpointName": "nobody"}}

    ended = corrected.task(task, corrected.role("states", []))

    assert ended["error"] == "SageMaker.SageMakerException"
    assert "is not authorized to perform: sagemaker:DescribeEndpoint" in ended["cause"]


def test_an_sdk_integration_tells_times_as_text(corrected: Account, bucket: str) -> None:
    request = job(corrected, bucket)
    corrected.client("sagemaker").create_training_job(**request)
    name = {"TrainingJobName": request["TrainingJobName"]}

    ended = corrected.task({"Resource": f"{SDK}:describeTrainingJob", "Arguments": name})

    assert json.loads(ended["output"])["CreationTime"].endswith("Z")


def test_plain_ministack_has_no_sagemaker(plain: Account) -> None:
    arguments = {"EndpointName": "nobody"}

    ended = plain.task({"Resource": f"{SDK}:describeEndpoint", "Arguments": arguments})

    assert "not supported" in ended["cause"], "ministack has a SageMaker now"
