"""What covers the SageMaker resources of one stack's executions, and nobody else's."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Stack

RUN_TIME_NAMES: Final = (
    "Names begin with the hash of this stack; the rest is the execution's, known at run time only."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SageMakerArns:
    """ARN patterns of what executions create: their names begin with the stack's hash."""

    training_jobs: str
    models: str
    endpoint_configs: str
    endpoints: str

    @classmethod
    def of(cls, stack: Stack, stack_hash: str) -> "SageMakerArns":
        """Return the patterns in a stack's partition, region and account."""

        def pattern(kind: str) -> str:
            return sagemaker_arn(stack, kind, f"{stack_hash}-*")

        return cls(
            training_jobs=pattern("training-job"),
            models=pattern("model"),
            endpoint_configs=pattern("endpoint-config"),
            endpoints=pattern("endpoint"),
        )


def sagemaker_arn(stack: Stack, kind: str, name: str) -> str:
    """Return the ARN of a SageMaker resource in a stack's partition, region and account."""
    return stack.format_arn(service="sagemaker", resource=kind, resource_name=name)
