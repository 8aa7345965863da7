"""Evaluation: MNIST's 10,000 test records through an endpoint of the embedded AWS.

``python -m benchmarks.evaluation``: Evaluate (as many records a request as the
limit admits, several requests at once, recordIO as it lies in S3) beside the
notebook's way (100 requests with CSV, one after the other), both over TLS to
the same endpoint in one run. Evaluate is timed whole: reading the shards,
metrics and writing the results are in it. Medians of five.
"""

import io
import json
import statistics
import tarfile
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import numpy as np

from benchmarks.training import Split, mnist
from contract.manifest import DatasetSource, Manifest, Shard, SplitReport
from contract.names import VARIANT_NAME, evaluation_key, s3_uri, shard_key
from contract.plan import PlannedNames
from contract.tasks import EvaluateEvent, ExecutionContext, PreparedDataset
from data_prep.shards import write_shards
from lambdas.evaluate.evaluation import Evaluator
from linear_learner import artifact
from linear_learner.model import LinearModel
from local_aws.server import embedded_aws

AT_MOST_SECONDS = 1.5
TURNS = 5
NOTEBOOK_REQUESTS = 100
BUCKET, NAME = "benchmark", "benchmark"
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
SOURCE = DatasetSource(uri="s3://benchmark/mnist", sha256="0" * 64, format="idx")


@dataclass(frozen=True)
class Aws:
    """The clients of the embedded AWS."""

    s3: Any
    sagemaker: Any
    runtime: Any
    iam: Any

    @classmethod
    def of(cls, environment: dict[str, str]) -> "Aws":
        """Return the clients of the embedded AWS with that environment."""
        session: Any = boto3.Session(
            environment["AWS_ACCESS_KEY_ID"],
            environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_REGION"],
        )
        names = ("s3", "sagemaker", "sagemaker-runtime", "iam")
        where = {
            "endpoint_url": environment["AWS_ENDPOINT_URL"],
            "verify": environment["AWS_CA_BUNDLE"],
        }
        return cls(*(session.client(name, **where) for name in names))


def host(aws: Aws, width: int) -> None:
    """Bring an endpoint into service; what its model has learnt does not matter here."""
    random = np.random.default_rng(0)
    model = LinearModel(
        weights=random.normal(0, 0.1, (width, 1)).astype(np.float32),
        bias=np.zeros(1, np.float32),
        threshold=0.5,
        predictor_type="binary_classifier",
        loss_type="logistic",
        f_beta=1.0,
        positive_example_weight_mult=1.0,
        accuracy_top_k=3,
    )
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=packed, mode="w:gz") as tar:
        path = artifact.save(model, Path(folder))
        tar.add(path, path.name)
    aws.s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=packed.getvalue())
    aws.sagemaker.create_model(
        ModelName=NAME,
        ExecutionRoleArn=create_role(aws),
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": s3_uri(BUCKET, "model.tar.gz")},
    )
    variant = {
        "VariantName": VARIANT_NAME,
        "ModelName": NAME,
        "InstanceType": "ml.m4.xlarge",
        "InitialInstanceCount": 1,
    }
    aws.sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    aws.sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    while aws.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"] != "InService":
        time.sleep(0.1)


def create_role(aws: Aws) -> str:
    trust = {"Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    may_read = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    role = aws.iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=policy(trust))
    aws.iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=policy(may_read))
    return role["Role"]["Arn"]


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def prepare(aws: Aws, test: Split) -> PreparedDataset:
    """Write the test split as Prepare does."""

    @contextmanager
    def shard(index: int) -> Generator[io.BytesIO]:
        sink = io.BytesIO()
        yield sink
        aws.s3.put_object(Bucket=BUCKET, Key=shard_key("", "test", index), Body=sink.getvalue())

    written = write_shards(shard, test.features, test.labels)
    report = SplitReport(
        records=len(test.labels),
        labels={},
        positives=int(test.labels.sum()),
        minimum=0.0,
        maximum=1.0,
        constant_features=0,
        shards=tuple(
            Shard(
                key=shard_key("", "test", one.index),
                records=one.records,
                bytes=one.bytes,
                sha256=one.sha256,
            )
            for one in written
        ),
    )
    manifest = Manifest(
        source=SOURCE,
        positive_label=0,
        feature_dim=test.features.shape[1],
        dtype="uint8",
        splits={"test": report},
        duplicates={},
        seed=0,
        code_version="",
    )
    content = manifest.model_dump_json()
    aws.s3.put_object(Bucket=BUCKET, Key="manifest.json", Body=content.encode())
    uri = s3_uri(BUCKET, "manifest.json")
    return PreparedDataset(
        source=SOURCE,
        manifest_uri=uri,
        train_uri=uri,
        validation_uri=uri,
        feature_dim=manifest.feature_dim,
    )


def evaluate(aws: Aws, prepared: PreparedDataset, turn: int) -> tuple[float, float]:
    """Return the seconds of all of Evaluate, and those of the inference in it."""
    folder = f"turn-{turn}"
    event = EvaluateEvent(
        execution=ExecutionContext(arn=folder, name=folder, start_time=datetime.now(UTC)),
        names=PlannedNames(resource=NAME, folder=folder, live_endpoint=NAME),
        endpoint=NAME,
        model=NAME,
        loss="logistic",
        prepared=prepared,
    )
    began = time.perf_counter()
    evaluation = Evaluator(aws.s3, aws.runtime, BUCKET).evaluate(event)
    seconds = time.perf_counter() - began
    aws.s3.delete_object(Bucket=BUCKET, Key=evaluation_key(folder))
    return seconds, evaluation.seconds


def notebook(aws: Aws, test: Split) -> float:
    """Return the seconds of the notebook's loop: CSV there, JSON back, one batch at a time."""
    began = time.perf_counter()
    answered = 0
    for batch in np.array_split(test.features, NOTEBOOK_REQUESTS):
        body = "\n".join(",".join(map(str, record)) for record in batch.tolist())
        response = aws.runtime.invoke_endpoint(
            EndpointName=NAME, Body=body.encode(), ContentType="text/csv"
        )
        answered += len(json.loads(response["Body"].read())["predictions"])
    if answered != len(test.labels):
        raise SystemExit(f"{answered} answers to {len(test.labels)} records")
    return time.perf_counter() - began


def main() -> None:
    """Measure in turns and print."""
    test = mnist()["test"]
    with embedded_aws() as running:
        aws = Aws.of(dict(running.environment))
        aws.s3.create_bucket(Bucket=BUCKET)
        host(aws, test.features.shape[1])
        prepared = prepare(aws, test)
        turns = [(*evaluate(aws, prepared, turn), notebook(aws, test)) for turn in range(TURNS)]
    whole, inference, theirs = (statistics.median(column) for column in zip(*turns, strict=True))
    records = len(test.labels)
    print(f"{'':<28}{'s':>8}{'records/s':>12}")
    for name, seconds in (
        ("Evaluate, whole", whole),
        ("Evaluate, inference alone", inference),
        (f"notebook, {NOTEBOOK_REQUESTS} x CSV", theirs),
    ):
        print(f"{name:<28}{seconds:>8.3f}{records / seconds:>12,.0f}")
    print(f"Evaluate takes {whole:.2f} s (at most {AT_MOST_SECONDS} s), {theirs / whole:.1f} times")
    print("as fast as the notebook's loop.")


if __name__ == "__main__":
    main()
