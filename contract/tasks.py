"""What the state machine sends to each Lambda and what it gets back."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from contract.evaluation import ConfusionMatrix, Metrics
from contract.execution_input import GateInput
from contract.hyperparameters import Loss
from contract.manifest import DatasetSource
from contract.model import ContractModel
from contract.plan import PlannedDataset, PlannedNames
from contract.promotion import PromotionOutcome, PromotionProgress
from contract.verdict import GateName


class ExecutionContext(ContractModel):
    """The execution, as Step Functions' context object has it."""

    arn: str
    name: str
    start_time: datetime = Field(strict=False)


class TaskEvent(ContractModel):
    """What every state sends to its Lambda: the execution, so that every log line names it."""

    execution: ExecutionContext


class CheckInputEvent(TaskEvent):
    """Any input at all: CheckInput is who refuses it. It answers with a `Plan`."""

    input: Any


class IngestEvent(TaskEvent):
    """The dataset to keep under ``raw/``."""

    dataset: PlannedDataset


class IngestedDataset(ContractModel):
    """A dataset under ``raw/``: one object, or the four of idx under one prefix.

    ``sha256`` is the object's; of an idx prefix, that of its lines
    ``<sha256 of a file> <name>``, in the order of the names. ``names`` are
    those of the objects, below `contract.names.raw_prefix`.
    """

    source_uri: str
    uri: str
    names: tuple[str, ...] = Field(min_length=1, strict=False)
    sha256: str
    bytes: int


class PrepareEvent(TaskEvent):
    """The dataset to convert, and where to."""

    names: PlannedNames
    attempt: str
    dataset: PlannedDataset
    ingested: IngestedDataset


class PreparedDataset(ContractModel):
    """What the training job reads, by channel; the manifest tells Evaluate the rest."""

    source: DatasetSource
    manifest_uri: str
    train_uri: str
    validation_uri: str
    feature_dim: int


class JudgeEvent(TaskEvent):
    """A gate and all the metrics that were reported, by name. Judge answers with a `Verdict`.

    Attributes
    ----------
    metrics
        Of the validation gate, the training job's ``FinalMetricDataList`` by
        its own names (``validation:binary_f_beta``); of the test gate,
        `contract.evaluation.Metrics`. A training that diverged reports what is
        no number: that is for the verdict to say.
    """

    gate: GateName
    rule: GateInput
    metrics: dict[str, Annotated[float, Field(allow_inf_nan=True)] | str | None]


class EvaluateEvent(TaskEvent):
    """The candidate, the loss that it was trained with, and the records to send."""

    names: PlannedNames
    endpoint: str
    model: str
    loss: Loss
    prepared: PreparedDataset


class EvaluateResult(ContractModel):
    """The evaluation in short; the whole of it is in S3."""

    evaluation_uri: str
    confusion_matrix_uri: str
    confusion_matrix: ConfusionMatrix
    metrics: Metrics


class PromoteEvent(TaskEvent):
    """The config that was judged, and what was done so far."""

    names: PlannedNames
    config: str
    progress: PromotionProgress


class PromoteResult(ContractModel):
    """What to do next, and what was done so far."""

    outcome: PromotionOutcome
    reason: str
    progress: PromotionProgress


class CollectEvent(ContractModel):
    """A call of the collector: by the schedule, by the end of an execution, or by hand."""

    everything: bool = False
    dry_run: bool = False


class CollectedResource(ContractModel):
    """Something that the collector deleted, stopped, would have, or could not yet."""

    kind: Literal["execution", "training-job", "endpoint", "endpoint-config", "model"]
    name: str
    action: Literal["delete", "stop", "later"]
    reason: str


class CollectResult(ContractModel):
    """What there was to collect, and what was done about it; empty where nothing is left."""

    resources: tuple[CollectedResource, ...] = Field(strict=False)
