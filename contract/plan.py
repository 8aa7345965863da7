"""The plan of an execution: its input, checked and completed, so that no state meets a gap."""

from contract.execution_input import (
    DatasetFormat,
    GateInput,
    InstanceType,
    Label,
    S3Uri,
    Sha256,
)
from contract.hyperparameters import Loss
from contract.model import ContractModel


class PlannedNames(ContractModel):
    """The names that the states use. See `contract.names.ExecutionNames`."""

    resource: str
    folder: str
    live_endpoint: str


class PlannedDataset(ContractModel):
    """The dataset, every choice made."""

    uri: S3Uri
    sha256: Sha256 | None
    format: DatasetFormat
    positive_label: Label


class PlannedTraining(ContractModel):
    """The training job, but for what Prepare finds out (the feature dimension).

    ``loss`` is the one that the hyperparameters come to: it tells what scores mean.
    """

    instance_type: InstanceType
    instance_count: int
    hyperparameters: dict[str, str]
    loss: Loss


class PlannedHosting(ContractModel):
    """The hosting of the candidate and, if it is kept, of the live endpoint."""

    instance_type: InstanceType
    instance_count: int
    keep: bool


class PlannedGates(ContractModel):
    """Both gates."""

    validation: GateInput
    test: GateInput


class Plan(ContractModel):
    """What CheckInput answers and every later state reads."""

    names: PlannedNames
    dataset: PlannedDataset
    training: PlannedTraining
    hosting: PlannedHosting
    gates: PlannedGates
