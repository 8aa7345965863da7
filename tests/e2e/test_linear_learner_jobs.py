"""Training jobs and endpoints of the real learner, with real S3 and IAM, over HTTP."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_prep.recordio import write_dense
from local_aws.server import EmbeddedAws
from tests.e2e.adapter.account import ALLOW_ALL, Account, unique
from tests.e2e.adapter.processes import wait_for
from tests.e2e.test_sagemaker_api import World, until_settled

RECORDIO = "application/x-recordio-protobuf"
CLASSES = 40
FEATURES = 30


@pytest.fixture(scope="module")
def world(aws: EmbeddedAws) -> World:
    """A bucket with a channel of three objects, in three predictors' labels."""
    account = Account(aws.environment)
    bucket = unique("bucket")
    account.s3.create_bucket(Bucket=bucket)
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(CLASSES, FEATURES))
    for part in range(3):
        classes = generator.integers(0, CLASSES, 1000)
        features = (centres[classes] + generator.normal(size=(1000, FEATURES))).astype("float32")
        for predictor, labels in {
            "binary_classifier": classes < CLASSES // 4,
            "multiclass_classifier": classes,
            "regressor": features @ np.arange(FEATURES),
        }.items():
            shard = io.BytesIO()
            write_dense(shard, features, labels.astype("float32"))
            key = f"{predictor}/part-{part}.pbr"
            account.s3.put_object(Bucket=bucket, Key=key, Body=shard.getvalue())
    return World(account, bucket, account.role("sagemaker"), [])


def job(world: World, predictor: str, mode: str = "File", **more: str) -> dict[str, Any]:
    """Return what differs from a World's job."""
    request = world.training_job()
    request["AlgorithmSpecification"]["TrainingInputMode"] = mode
    (train,) = request["InputDataConfig"]
    train["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{world.bucket}/{predictor}/"
    classes = {"num_classes": str(CLASSES)} if predictor == "multiclass_classifier" else {}
    given = {"predictor_type": predictor, "mini_batch_size": "100", "epochs": "4"}
    return {
        "AlgorithmSpecification": request["AlgorithmSpecification"],
        "InputDataConfig": [train, {**train, "ChannelName": "test", "InputMode": "File"}],
        "HyperParameters": given | classes | more,
    }


def final_metrics(described: dict[str, Any]) -> dict[str, float]:
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    return {metric["MetricName"]: metric["Value"] for metric in described["FinalMetricDataList"]}


@pytest.fixture(scope="module")
def multiclass(world: World) -> dict[str, Any]:
    return world.train(**job(world, "multiclass_classifier", "Pipe"))


def test_a_job_reads_pipes(multiclass: dict[str, Any]) -> None:
    assert final_metrics(multiclass)["test:multiclass_accuracy"] > 0.9


@pytest.mark.parametrize(
    ("predictor", "metric", "least", "most"),
    [("binary_classifier", "binary_classification_accuracy", 0.7, 1), ("regressor", "mse", 0, 10)],
)
def test_every_predictor_is_trained(
    world: World, predictor: str, metric: str, least: float, most: float
) -> None:
    metrics = final_metrics(world.train(**job(world, predictor)))
    assert least <= metrics[f"test:{metric}"] <= most, metrics


def test_the_same_job_twice_gives_the_same_model(world: World) -> None:
    found: list[bytes] = []
    for _ in range(2):
        described = world.train(**job(world, "binary_classifier", "Pipe", num_models="3"))
        uri = described["ModelArtifacts"]["S3ModelArtifacts"]
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        found.append(world.account.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert found[0] == found[1]


def test_a_job_of_a_tuning_job_trains_one_model(world: World) -> None:
    objective = {"_tuning_objective_metric": "test:binary_f_beta"}
    metrics = final_metrics(world.train(**job(world, "binary_classifier", **objective)))
    assert metrics["test:binary_f_beta"] > 0.5


def test_a_job_reads_compressed_csv_by_its_manifest(world: World) -> None:
    generator = np.random.default_rng(2)
    for part in range(2):
        features = generator.normal(size=(500, 3))
        table = np.column_stack([features @ [1.0, -2.0, 3.0] + 5, features])
        lines = "".join(",".join(f"{value:.5f}" for value in row) + "\n" for row in table)
        body = gzip.compress(lines.encode())
        world.account.s3.put_object(Bucket=world.bucket, Key=f"csv/{part}.csv.gz", Body=body)
    manifest = [{"prefix": f"s3://{world.bucket}/csv/"}, "0.csv.gz", "1.csv.gz"]
    world.account.s3.put_object(Bucket=world.bucket, Key="m", Body=json.dumps(manifest).encode())
    source = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{world.bucket}/m"}
    channel = {
        "ChannelName": "train",
        "ContentType": "text/csv",
        "InputMode": "Pipe",
        "CompressionType": "Gzip",
        "DataSource": {"S3DataSource": source},
    }
    given = {"predictor_type": "regressor", "mini_batch_size": "50"}
    described = world.train(HyperParameters=given, InputDataConfig=[channel])
    assert final_metrics(described)["train:mse"] < 0.1


def test_a_grant_that_is_missing_in_pipe_mode_fails_the_job(world: World) -> None:
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    role = world.account.role("sagemaker", [ALLOW_ALL, deny])
    described = world.train(**job(world, "regressor", "Pipe"), RoleArn=role)
    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("ClientError: Data download failed")


def test_nothing_is_left_of_a_job_that_is_stopped_while_it_reads_a_pipe(world: World) -> None:
    request = world.training_job() | job(world, "regressor", "Pipe", epochs="1000000")
    request["HyperParameters"]["early_stopping_patience"] = "1000000"
    name = request["TrainingJobName"]
    world.sagemaker.create_training_job(**request)

    def epochs() -> list[int]:
        pipes = (folder_of(name) / "input" / "data").glob("train_*")
        return [int(pipe.name.removeprefix("train_")) for pipe in pipes]

    wait_for(lambda: max(epochs(), default=0) > 3, "an epoch")
    folder = folder_of(name)
    world.sagemaker.stop_training_job(TrainingJobName=name)
    described = until_settled(
        lambda: world.sagemaker.describe_training_job(TrainingJobName=name), "TrainingJobStatus"
    )

    assert described["TrainingJobStatus"] == "Stopped"
    wait_for(lambda: not folder.exists(), "the end of the folder")
    assert folder_of(name) == Path("/nowhere"), "a process is left"


def folder_of(training_job: str) -> Path:
    """Return what is ``/opt/ml`` to a training job's processes, if it has any."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if f"TRAINING_JOB_NAME={training_job}" in variables:
            (folder,) = [value for value in variables if value.startswith("SAGEMAKER_BASE_DIR=")]
            return Path(folder.partition("=")[2])
    return Path("/nowhere")


def test_an_answer_of_recordio_is_as_large_as_its_request(
    world: World, multiclass: dict[str, Any]
) -> None:
    """Each of the records is answered with 40 scores."""
    name = unique("live")
    config = world.config(multiclass["ModelArtifacts"]["S3ModelArtifacts"])
    world.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    assert world.settled(name)["EndpointStatus"] == "InService"
    features = np.random.default_rng(1).normal(size=(22_000, FEATURES)).astype("float32")
    request = io.BytesIO()
    write_dense(request, features)

    answer = world.runtime.invoke_endpoint(
        EndpointName=name, ContentType=RECORDIO, Accept=RECORDIO, Body=request.getvalue()
    )

    assert answer["ContentType"] == RECORDIO
    body = answer["Body"].read()
    assert len(body) > 4_500_000
    assert body.count(b"predicted_label") == len(features)
    few = io.BytesIO()
    write_dense(few, features[:3])
    as_json = world.runtime.invoke_endpoint(
        EndpointName=name, ContentType=RECORDIO, Accept="application/json", Body=few.getvalue()
    )
    predictions = json.loads(as_json["Body"].read())["predictions"]
    assert [len(prediction["score"]) for prediction in predictions] == [CLASSES] * 3
