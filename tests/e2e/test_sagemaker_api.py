"""SageMaker over HTTP as boto3 sees it, with the real learner, real S3 and IAM."""

import io
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError

from data_prep.recordio import write_dense
from local_aws.server import EmbeddedAws
from tests.e2e.adapter.account import ALLOW_ALL, Account, Statement, policy, unique

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
FEATURES = 20
SECONDS = 60


@dataclass(frozen=True)
class World:
    """An account with a bucket that holds a data set, and a role for SageMaker."""

    account: Account
    bucket: str
    role: str
    rows: list[str]

    @property
    def sagemaker(self) -> "SageMakerClient":
        return self.account.client("sagemaker")

    @property
    def runtime(self) -> "SageMakerRuntimeClient":
        return self.account.client("sagemaker-runtime")

    def training_job(self, role: str | None = None) -> dict[str, Any]:
        """Return a CreateTrainingJob request."""
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/train/"}
        return {
            "TrainingJobName": unique("Job"),
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": role or self.role,
            "HyperParameters": {"predictor_type": "binary_classifier", "epochs": "2"},
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "ContentType": "application/x-recordio-protobuf",
                    "DataSource": {"S3DataSource": source},
                }
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/models"},
            "ResourceConfig": {
                "InstanceType": "ml.c5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 300},
        }

    def train(self, **change: Any) -> dict[str, Any]:
        """Run a training job to its end, and return its description."""
        request = self.training_job() | change
        self.sagemaker.create_training_job(**request)
        return until_settled(
            lambda: self.sagemaker.describe_training_job(
                TrainingJobName=request["TrainingJobName"]
            ),
            "TrainingJobStatus",
        )

    def config(self, artifact: str, role: str | None = None) -> str:
        """Make a model and an endpoint config of the same name, and return it."""
        name = unique("model")
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=role or self.role,
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": artifact},
        )
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": "AllTraffic",
                    "ModelName": name,
                    "InstanceType": "ml.m4.xlarge",
                    "InitialInstanceCount": 1,
                }
            ],
        )
        return name

    def settled(self, endpoint: str) -> dict[str, Any]:
        """Wait until an endpoint is not changing, and return its description."""
        return until_settled(
            lambda: self.sagemaker.describe_endpoint(EndpointName=endpoint), "EndpointStatus"
        )


def until_settled(describe: Callable[[], Any], member: str) -> dict[str, Any]:
    deadline = time.monotonic() + SECONDS
    while True:
        described = describe()
        if described[member] not in {"InProgress", "Stopping", "Creating", "Updating"}:
            return described
        assert time.monotonic() < deadline, f"still {described[member]} after {SECONDS} s"
        time.sleep(0.05)


def error_of(action: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        action()
    error = refusal.value.response.get("Error", {})
    return error.get("Code", ""), error.get("Message", "")


@pytest.fixture(scope="module")
def world(aws: EmbeddedAws) -> World:
    account = Account(aws.environment)
    bucket = unique("bucket")
    account.s3.create_bucket(Bucket=bucket)
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 2000)
    features = (generator.normal(size=(2000, FEATURES)) + labels[:, None]).astype(np.float32)
    shard = io.BytesIO()
    write_dense(shard, features, labels.astype(np.float32))
    account.s3.put_object(Bucket=bucket, Key="train/part-00000.pbr", Body=shard.getvalue())
    rows = [",".join(map(str, row)) for row in features]
    return World(account, bucket, account.role("sagemaker"), rows)


@pytest.fixture(scope="module")
def trained(world: World) -> dict[str, Any]:
    described = world.train()
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    return described


@pytest.fixture(scope="module")
def artifact(trained: dict[str, Any]) -> str:
    return trained["ModelArtifacts"]["S3ModelArtifacts"]


def test_a_training_job_leaves_a_model_metrics_and_a_log(
    world: World, trained: dict[str, Any]
) -> None:
    bucket, key = trained["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    assert world.account.s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 100
    metrics = {metric["MetricName"]: metric["Value"] for metric in trained["FinalMetricDataList"]}
    assert metrics["train:binary_f_beta"] > 0.95
    group = "/aws/sagemaker/TrainingJobs"
    (stream,) = world.account.logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix=f"{trained['TrainingJobName']}/"
    )["logStreams"]
    assert stream.get("logStreamName", "").startswith(f"{trained['TrainingJobName']}/algo-1-")
    events = world.account.logs.get_log_events(
        logGroupName=group, logStreamName=stream.get("logStreamName", ""), startFromHead=True
    )["events"]
    lines = [event.get("message", "") for event in events]
    assert any("#quality_metric: host=algo-1, train binary_f_1" in line for line in lines)


def test_a_hyperparameter_that_the_learner_refuses_is_the_failure_reason(world: World) -> None:
    described = world.train(
        HyperParameters={"predictor_type": "binary_classifier", "epochs": "none"}
    )
    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("ClientError: ")
    assert "epochs" in described["FailureReason"]


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("s3:GetObject", "ClientError: Data download failed"),
        ("s3:PutObject", "ClientError: Artifact upload failed"),
    ],
)
def test_a_grant_that_the_jobs_role_lacks_fails_the_job(
    world: World, missing: str, reason: str
) -> None:
    deny = {"Effect": "Deny", "Action": missing, "Resource": "*"}
    role = world.account.role("sagemaker", [ALLOW_ALL, deny])
    described = world.train(RoleArn=role)
    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith(reason)


def test_a_job_whose_role_may_not_list_the_channel_is_not_created(world: World) -> None:
    deny = {"Effect": "Deny", "Action": "s3:ListBucket", "Resource": "*"}
    role = world.account.role("sagemaker", [ALLOW_ALL, deny])
    code, message = error_of(
        lambda: world.sagemaker.create_training_job(**world.training_job(role))
    )
    assert code == "ValidationException"
    assert f'that the role "{role}" has "s3:ListBucket" permissions' in message


def test_a_role_that_does_not_trust_sagemaker_is_refused(world: World) -> None:
    role = world.account.role("lambda")
    code, message = error_of(
        lambda: world.sagemaker.create_training_job(**world.training_job(role))
    )
    assert code == "ValidationException"
    assert message.startswith(f"Could not assume role {role}.")


def test_a_model_whose_role_may_not_read_the_artifact_is_refused(
    world: World, artifact: str
) -> None:
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    role = world.account.role("sagemaker", [ALLOW_ALL, deny])
    code, message = error_of(lambda: world.config(artifact, role))
    assert code == "ValidationException"
    assert message.startswith(f"Could not access model data at {artifact}.")


def caller(world: World, *statements: Statement) -> "SageMakerClient":
    """Return SageMaker's client of a user with these statements alone."""
    name = unique("user")
    world.account.iam.create_user(UserName=name)
    world.account.iam.put_user_policy(
        UserName=name, PolicyName="inline", PolicyDocument=policy(statements)
    )
    key = world.account.iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    where = world.account.variables
    return session.client(  # pyright: ignore[reportUnknownMemberType]  # its stubs
        "sagemaker",
        endpoint_url=where["AWS_ENDPOINT_URL"],
        verify=where["AWS_CA_BUNDLE"],
    )


def test_a_caller_needs_the_action_and_pass_role_for_sagemaker(world: World) -> None:
    job = world.training_job()
    job_arn = f"arn:aws:sagemaker:us-east-1:000000000000:training-job/{job['TrainingJobName']}"
    create = {
        "Effect": "Allow",
        "Action": "sagemaker:CreateTrainingJob",
        "Resource": job_arn.lower(),
    }

    def pass_role(service: str) -> dict[str, Any]:
        condition = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
        return {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": world.role,
            "Condition": condition,
        }

    for statements, missing in (
        ([pass_role("sagemaker")], "sagemaker:CreateTrainingJob"),
        ([create], "iam:PassRole"),
        ([create, pass_role("lambda")], "iam:PassRole"),
    ):
        client = caller(world, *statements)
        code, message = error_of(lambda client=client: client.create_training_job(**job))
        assert code == "AccessDeniedException"
        assert f"is not authorized to perform: {missing}" in message
    caller(world, create, pass_role("sagemaker")).create_training_job(**job)


def test_a_condition_sees_the_keys_of_the_tags_that_are_asked_for(world: World) -> None:
    others = {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["Team"]}}
    deny = {"Effect": "Deny", "Action": "sagemaker:CreateTrainingJob", "Resource": "*"}
    client = caller(world, ALLOW_ALL, {**deny, "Condition": others})

    client.create_training_job(**world.training_job(), Tags=[{"Key": "Team", "Value": "a"}])
    code, _ = error_of(
        lambda: client.create_training_job(
            **world.training_job(), Tags=[{"Key": "Stray", "Value": "a"}]
        )
    )
    assert code == "AccessDeniedException"


def test_an_endpoint_answers_until_it_is_gone(world: World, artifact: str) -> None:
    name = unique("Live")
    world.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=world.config(artifact))
    assert world.settled(name)["EndpointStatus"] == "InService"

    answer = world.runtime.invoke_endpoint(
        EndpointName=name, ContentType="text/csv", Body="\n".join(world.rows[:3])
    )
    predictions = json.loads(answer["Body"].read())["predictions"]
    assert answer["ContentType"] == "application/json"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert [set(prediction) for prediction in predictions] == [{"score", "predicted_label"}] * 3

    with pytest.raises(ClientError) as refusal:
        world.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="1,2")
    assert refusal.value.response.get("Error", {}).get("Code") == "ModelError"
    assert refusal.value.response.get("OriginalStatusCode") == 400
    assert "unable to evaluate payload provided" in str(refusal.value)

    world.sagemaker.delete_endpoint(EndpointName=name)
    world.sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": SECONDS}
    )
    code, message = error_of(
        lambda: world.runtime.invoke_endpoint(EndpointName=name, Body=b"1", ContentType="text/csv")
    )
    assert code == "ValidationError"
    assert message == f"Endpoint {name} of account 000000000000 not found."


def test_no_request_fails_while_an_endpoint_is_updated(world: World, artifact: str) -> None:
    name = unique("Live")
    world.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=world.config(artifact))
    assert world.settled(name)["EndpointStatus"] == "InService"
    other = world.train(HyperParameters={"predictor_type": "binary_classifier", "epochs": "1"})
    runtime = world.runtime
    body = "\n".join(world.rows)
    over = threading.Event()

    def invoke_until_over() -> list[bytes]:
        answers: list[bytes] = []
        while not over.is_set():
            answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body)
            answers.append(answer["Body"].read())
        return answers

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(invoke_until_over) for _ in range(8)]
        try:
            new = world.config(other["ModelArtifacts"]["S3ModelArtifacts"])
            world.sagemaker.update_endpoint(
                EndpointName=name, EndpointConfigName=new, RetainAllVariantProperties=True
            )
            updated = world.settled(name)
            runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body)
        finally:
            over.set()
        answers = {answer for client in clients for answer in client.result()}
    assert updated["EndpointConfigName"] == new
    assert len(answers) == 2, "the old model's answer and the new one's"
    world.sagemaker.delete_endpoint(EndpointName=name)


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000], ids=["cut", "binary", "deep"])
def test_a_body_that_is_no_json_is_refused(world: World, body: bytes) -> None:
    def replace_body(params: dict[str, Any], **_: object) -> None:
        params["body"] = body

    client = world.sagemaker
    client.meta.events.register("before-call", replace_body, "replace")
    try:
        code, _ = error_of(client.list_models)
    finally:
        client.meta.events.unregister("before-call", replace_body, "replace")
    assert code == "SerializationException"
