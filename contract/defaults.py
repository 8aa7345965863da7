"""What the deployed configuration decides for every execution.

`infra.config.PipelineConfig` renders it, the first state reads it as JSON from
one environment variable, `contract.environment.PIPELINE_DEFAULTS`.
"""

from pydantic import Field

from contract.execution_input import GateInput, InstanceType, Label, S3Uri
from contract.model import ContractModel


class InstanceChoice(ContractModel):
    """The instance types that are allowed, and the one that is taken if none is named."""

    default: InstanceType
    allowed: tuple[InstanceType, ...] = Field(min_length=1, strict=False)


class PipelineDefaults(ContractModel):
    """What an execution gets where its input says nothing, and what it may ask for."""

    stack_hash: str
    live_endpoint: str
    dataset_uri: S3Uri
    dataset_buckets: tuple[str, ...] = Field(min_length=1, strict=False)
    positive_label: Label
    training: InstanceChoice
    hosting: InstanceChoice
    hosting_instance_count: int = Field(ge=1)
    hyperparameters: dict[str, str]
    validation_gate: GateInput
    test_gate: GateInput
