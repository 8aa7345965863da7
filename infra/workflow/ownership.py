"""What the execution's SageMaker resources are called, and how they say whose they are."""

from collections.abc import Mapping
from typing import Final

from contract.names import EXECUTION_TAG, STACK_TAG
from infra.workflow.asl import Json, jsonata

RESOURCE_NAME: Final = jsonata("$plan.names.resource")
"""The name of the model, of the endpoint config and of the candidate."""

# An execution's name may hold characters that a tag's value may not, e.g. brackets or an umlaut.
_EXECUTION = r"$replace($states.context.Execution.Id, /[^A-Za-z0-9_.:\/=+@-]/, '-')"

OWNER_TAGS: Final[list[Mapping[str, Json]]] = [
    {"Key": STACK_TAG, "Value": "${StackHash}"},
    {"Key": EXECUTION_TAG, "Value": jsonata(_EXECUTION)},
]
"""By these the collector and Promote know their own."""
