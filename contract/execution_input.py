"""The input of an execution: all of it optional, ``{}`` runs the default case.

What is checked here needs nothing but the input itself, so the CLI checks it
too before it starts anything. What only the deployed configuration knows
(which buckets and instance types are allowed) is checked by the first state.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from contract.hyperparameters import check_overrides
from contract.model import ContractModel
from contract.names import split_s3_uri

MAXIMUM_INSTANCES: Final = 100
TEST_METRICS: Final = ("accuracy", "precision", "recall", "f1", "roc_auc")
"""Metrics of evaluation.json that can gate: those that are better when they are higher."""

DatasetFormat = Literal["auto", "pickle", "idx"]


def _check_uri(value: str) -> str:
    split_s3_uri(value)
    return value


def _check_sha256(value: str) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", value) is None:
        raise ValueError("expected the 64 lower-case hex digits of a SHA-256")
    return value


def _check_instance_type(value: str) -> str:
    if re.fullmatch(r"ml\.[a-z0-9-]+\.[a-z0-9-]+", value) is None:
        raise ValueError("expected a SageMaker instance type such as 'ml.m4.xlarge'")
    return value


def _check_single_instance(value: int) -> int:
    if value > 1:
        raise ValueError("distributed training is not available yet: expected 1")
    return value


def _check_conversion(value: str) -> str:
    if value == "processing":
        raise ValueError("the Processing job is not available yet: expected 'auto' or 'lambda'")
    return value


def _check_gate_metric(value: str) -> str:
    if value.endswith("_loss"):
        raise ValueError("a loss is better when it is lower; a gate holds a minimum")
    return value


S3Uri = Annotated[str, AfterValidator(_check_uri)]
Sha256 = Annotated[str, AfterValidator(_check_sha256)]
InstanceType = Annotated[str, AfterValidator(_check_instance_type)]
Label = Annotated[int, Field(ge=0, le=2**31 - 1)]
Hyperparameters = Annotated[dict[str, str], AfterValidator(check_overrides)]
MetricName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=200), AfterValidator(_check_gate_metric)
]


class DatasetInput(ContractModel):
    """Where the images come from and which digit is the positive class."""

    uri: S3Uri | None = Field(default=None, description="Object or, for idx, prefix of the files")
    sha256: Sha256 | None = Field(default=None, description="Refuse the dataset if it differs")
    format: DatasetFormat = Field(default="auto", description="auto: told by the content")
    positive_label: Label | None = Field(default=None, description="The label to recognise")


class TrainingInput(ContractModel):
    """What the training job runs on and with."""

    instance_type: InstanceType | None = None
    instance_count: Annotated[int, Field(ge=1), AfterValidator(_check_single_instance)] = 1
    hyperparameters: Hyperparameters = Field(
        default_factory=dict[str, str],
        description="Linear Learner's own, as strings; they go on top of the defaults",
    )


class HostingInput(ContractModel):
    """What the endpoint runs on, and whether it is to live."""

    instance_type: InstanceType | None = None
    instance_count: int | None = Field(default=None, ge=1, le=MAXIMUM_INSTANCES)
    keep: bool = Field(default=True, description="false: a rehearsal; the live endpoint stays")


class GateInput(ContractModel):
    """A metric and the least value with which the run goes on."""

    metric: MetricName
    minimum: float = Field(ge=0, le=1, description="The least value that passes")


def _check_test_gate(gate: GateInput | None) -> GateInput | None:
    if gate is not None and gate.metric not in TEST_METRICS:
        raise ValueError(f"metric {gate.metric!r}: expected one of {', '.join(TEST_METRICS)}")
    return gate


class GatesInput(ContractModel):
    """What the model has to reach before it is hosted, and before it is promoted."""

    validation: GateInput | None = Field(
        default=None, description="On a metric of the training job's validation channel"
    )
    test: Annotated[GateInput | None, AfterValidator(_check_test_gate)] = Field(
        default=None, description="On a metric of evaluation.json"
    )


class ExecutionInput(ContractModel):
    """The input of one execution of the pipeline."""

    dataset: DatasetInput = DatasetInput()
    conversion: Annotated[
        Literal["auto", "lambda", "processing"], AfterValidator(_check_conversion)
    ] = "auto"
    training: TrainingInput = TrainingInput()
    hosting: HostingInput = HostingInput()
    gates: GatesInput = GatesInput()
    comment: str | None = Field(default=None, alias="Comment", description="The console writes it")
    started_by: str | None = Field(
        default=None,
        alias="AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID",
        description="The console writes it",
    )
