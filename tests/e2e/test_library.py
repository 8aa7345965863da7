"""The estimator and SageMaker exchange models: each answers as the other with the same file."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linear_learner import LinearLearner
from local_aws.server import EmbeddedAws
from tests.e2e.adapter.account import Account, unique
from tests.e2e.test_sagemaker_api import World
from tests.unit.linear_learner.samples import dataset

DATA = dataset(600)
GIVEN = {"predictor_type": "binary_classifier", "mini_batch_size": "50", "epochs": "3"}


@pytest.fixture(scope="module")
def world(aws: EmbeddedAws) -> World:
    """A bucket with a channel of CSV."""
    account = Account(aws.environment)
    bucket = unique("bucket")
    account.s3.create_bucket(Bucket=bucket)
    table = io.StringIO()
    np.savetxt(table, np.column_stack([DATA.labels, DATA.features]), "%.9g", delimiter=",")
    account.s3.put_object(Bucket=bucket, Key="train/data.csv", Body=table.getvalue().encode())
    rows = [",".join(map(str, row)) for row in DATA.features[:50]]
    return World(account, bucket, account.role("sagemaker"), rows)


def answers(world: World, artifact: str) -> list[dict[str, Any]]:
    """Host a model and ask it for its first records."""
    name = unique("live")
    world.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=world.config(artifact))
    assert world.settled(name)["EndpointStatus"] == "InService"
    answer = world.runtime.invoke_endpoint(
        EndpointName=name, ContentType="text/csv", Body="\n".join(world.rows)
    )
    world.sagemaker.delete_endpoint(EndpointName=name)
    return json.loads(answer["Body"].read())["predictions"]


def assert_same(learner: Any, predictions: list[dict[str, Any]]) -> None:
    features = DATA.features[:50]
    assert learner.predict(features).tolist() == [row["predicted_label"] for row in predictions]
    scores = learner.predict_proba(features)
    if len(learner.classes_) == 2:
        scores = scores[:, 1]
    np.testing.assert_allclose(scores, [row["score"] for row in predictions], atol=2e-7)


def test_what_a_training_job_leaves_answers_here_as_its_endpoint(
    world: World, tmp_path: Path
) -> None:
    described = world.train(
        HyperParameters=GIVEN,
        InputDataConfig=[{**world.training_job()["InputDataConfig"][0], "ContentType": "text/csv"}],
    )
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")
    artifact = described["ModelArtifacts"]["S3ModelArtifacts"]
    bucket, key = artifact.removeprefix("s3://").split("/", 1)
    world.account.s3.download_file(bucket, key, str(tmp_path / "model.tar.gz"))
    loaded = LinearLearner.load(tmp_path / "model.tar.gz")
    assert_same(loaded, answers(world, artifact))


def test_what_is_saved_here_answers_there(world: World, tmp_path: Path) -> None:
    classes = np.digitize(DATA.features[:, 4], np.quantile(DATA.features[:, 4], [0.3, 0.6]))
    learner = LinearLearner("multiclass_classifier", random_state=0, averaging=True, blending=4)
    path = learner.fit(DATA.features, classes).save(tmp_path / "model.tar.gz")
    world.account.s3.upload_file(str(path), world.bucket, "mine/model.tar.gz")
    assert_same(learner, answers(world, f"s3://{world.bucket}/mine/model.tar.gz"))
