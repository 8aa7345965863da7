"""What the functions and SageMaker answer, as the contract and AWS have it."""

from typing import Any

from contract.evaluation import ConfusionMatrix, Metrics
from contract.execution_input import GateInput
from contract.manifest import DatasetSource
from contract.names import ExecutionNames
from contract.plan import (
    Plan,
    PlannedDataset,
    PlannedGates,
    PlannedHosting,
    PlannedNames,
    PlannedTraining,
)
from contract.promotion import PromotionOutcome, PromotionProgress
from contract.tasks import (
    EvaluateResult,
    ExecutionContext,
    IngestedDataset,
    PreparedDataset,
    PromoteResult,
)
from contract.verdict import GateName, Verdict

START = "2026-11-22T16:00:00.123Z"
ARN = "arn:aws:states:us-east-1:111111111111:execution:linear-learner-mnist:First_run"
EXECUTION = ExecutionContext.model_validate({"arn": ARN, "name": "First_run", "start_time": START})
NAMES = ExecutionNames.of(
    stack_hash="c65d3baf",
    execution_arn=ARN,
    execution_name=EXECUTION.name,
    start_time=EXECUTION.start_time,
)
SHA256 = "f" * 64
SUBSTITUTIONS = {
    "Partition": "aws",
    "BucketName": "the-bucket",
    "StackHash": "c65d3baf",
    "SageMakerRoleArn": "arn:aws:iam::111111111111:role/SageMakerRole",
    "TrainingImage": "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
    **{
        f"{function}Arn": f"arn:aws:lambda:us-east-1:111111111111:function:{function}"
        for function in ("CheckInput", "Ingest", "Prepare", "Judge", "Evaluate", "Promote")
    },
}


def context(*, redrives: int = 0, retries: int = 0, state: str = "") -> dict[str, Any]:
    """Return the context object of an execution."""
    return {
        "Execution": {
            "Id": ARN,
            "Name": EXECUTION.name,
            "StartTime": START,
            "RedriveCount": redrives,
            "Input": {},
        },
        "State": {"Name": state, "RetryCount": retries, "EnteredTime": START},
    }


def plan(*, keep: bool = True) -> Any:
    gate = GateInput(metric="f1", minimum=0.9)
    return Plan(
        names=PlannedNames(
            resource=NAMES.resource, folder=NAMES.folder, live_endpoint="linear-learner-mnist"
        ),
        dataset=PlannedDataset(
            uri="s3://source/mnist.pkl.gz", sha256=None, format="auto", positive_label=0
        ),
        training=PlannedTraining(
            instance_type="ml.c5.xlarge",
            instance_count=1,
            hyperparameters={"mini_batch_size": "200", "predictor_type": "binary_classifier"},
            loss="logistic",
        ),
        hosting=PlannedHosting(instance_type="ml.m4.xlarge", instance_count=1, keep=keep),
        gates=PlannedGates(validation=gate, test=gate),
    ).model_dump(mode="json")


def ingested() -> Any:
    return IngestedDataset(
        source_uri="s3://source/mnist.pkl.gz",
        uri=f"s3://the-bucket/raw/{SHA256}/mnist.pkl.gz",
        names=("mnist.pkl.gz",),
        sha256=SHA256,
        bytes=16_000_000,
    ).model_dump(mode="json")


def prepared() -> Any:
    folder = f"s3://the-bucket/prepared/{NAMES.folder}/0-0"
    return PreparedDataset(
        source=DatasetSource(uri="s3://source/mnist.pkl.gz", sha256=SHA256, format="pickle"),
        manifest_uri=f"{folder}/manifest.json",
        train_uri=f"{folder}/train/",
        validation_uri=f"{folder}/validation/",
        feature_dim=784,
    ).model_dump(mode="json")


def training_job(metrics: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return what `createTrainingJob.sync` answers, in short."""
    answer: dict[str, Any] = {
        "TrainingJobName": f"{NAMES.resource}-0-0",
        "ModelArtifacts": {
            "S3ModelArtifacts": f"s3://the-bucket/models/{NAMES.resource}-0-0/output/model.tar.gz"
        },
    }
    if metrics is None:
        metrics = [
            {"MetricName": "validation:binary_f_beta", "Value": 0.97, "Timestamp": START},
            {"MetricName": "train:progress", "Value": 100.0, "Timestamp": START},
        ]
    return answer | ({"FinalMetricDataList": metrics} if metrics else {})


def verdict(gate: GateName, *, passed: bool = True) -> Any:
    return Verdict(
        gate=gate,
        passed=passed,
        metric="f1",
        minimum=0.9,
        value=0.96 if passed else 0.5,
        reasons=("f1 is 0.96",),
    ).model_dump(mode="json")


def evaluation() -> Any:
    return EvaluateResult(
        evaluation_uri=f"s3://the-bucket/evaluations/{NAMES.folder}/evaluation.json",
        confusion_matrix_uri=f"s3://the-bucket/evaluations/{NAMES.folder}/confusion_matrix.csv",
        confusion_matrix=ConfusionMatrix(labels=(0, 1), matrix=((8976, 44), (49, 931))),
        metrics=Metrics(
            accuracy=0.99,
            precision=0.95,
            recall=0.95,
            f1=0.95,
            roc_auc=0.99,
            log_loss=0.05,
        ),
    ).model_dump(mode="json")


def promotion(outcome: PromotionOutcome, *, sent: bool = True) -> Any:
    return PromoteResult(
        outcome=outcome,
        reason="told by a sentence",
        progress=PromotionProgress(replaced_config="c65d3baf-before", update_sent=sent),
    ).model_dump(mode="json")


def endpoint(status: str, reason: str | None = None) -> dict[str, Any]:
    """Return what DescribeEndpoint answers, in short."""
    return {"EndpointStatus": status} | ({"FailureReason": reason} if reason else {})
