"""What the execution's SageMaker resources are called, and how they say whose they are."""

from collections.abc import Mapping
from typing import Final

from contract.names import EXECUTION_TAG, STACK_TAG
from infra.workflow.asl import Json, jsonata

RESOURCE_NAME: Final = jsonata("$plan.names.resource")
"""The name of the model, of the endpoint config and of the candidate."""

OWNER_TAGS: Final[list[Mapping[str, Json]]] = [
    {"Key": STACK_TAG, "Value": "${StackHash}"},
    {"Key": EXECUTION_TAG, "Value": jsonata("$states.context.Execution.Id")},
]
"""By these the collector and Promote know their own."""
