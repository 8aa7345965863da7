"""The whole state machine: prove, then promote."""

from collections.abc import Mapping
from typing import Final

from infra.function_specs import FUNCTIONS
from infra.workflow.asl import Json
from infra.workflow.host import host_phase
from infra.workflow.judge import gate_phase
from infra.workflow.limits import EXECUTION_SECONDS
from infra.workflow.prepare import prepare_phase
from infra.workflow.promote import promote_phase
from infra.workflow.retire import retire_phase
from infra.workflow.train import train_phase

INVOKED: Final = tuple(name for name in FUNCTIONS if not name.startswith("Collect"))
"""The functions that the state machine calls; the collector is called by its triggers."""


def definition() -> Mapping[str, Json]:
    """Return the definition, in which ``${…}`` stands for what CloudFormation substitutes.

    The phases follow the way of the data: prepare, train, validation gate,
    candidate and its evaluation, test gate, the candidate's end, promotion.
    """
    return {
        "Comment": "Train Linear Learner, judge it as a candidate, promote it",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": EXECUTION_SECONDS,
        "StartAt": "CheckInput",
        "States": {
            **prepare_phase(next_state="Train"),
            **train_phase(next_state="ValidationGate"),
            **gate_phase("validation", metrics="$training.metrics", next_state="CreateModel"),
            **host_phase(next_state="TestGate"),
            **gate_phase("test", metrics="$evaluation.metrics", next_state="DeleteCandidate"),
            **retire_phase(next_state="KeepModel"),
            **promote_phase(),
        },
    }
