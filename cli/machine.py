"""What the states of the machine do, as the definition that an execution runs tells.

So no state's name is repeated here, and an execution of an older deployment
is understood as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cli.aws import Aws

_TRAINING: Final = "sagemaker:createTrainingJob.sync"
_ENDPOINT: Final = "sagemaker:createEndpoint"


@dataclass(frozen=True, slots=True)
class Machine:
    """The definition that an execution runs.

    Attributes
    ----------
    training
        The states that train.
    hosting
        The states that create the candidate.
    functions
        The Lambda function of each state that calls one: its name or ARN.
    """

    arn: str
    training: frozenset[str]
    hosting: frozenset[str]
    functions: Mapping[str, str]


def read_machine(aws: Aws, execution_arn: str) -> Machine:
    """Ask for the definition with which an execution was started."""
    answer = aws.step_functions.describe_state_machine_for_execution(executionArn=execution_arn)
    tasks = {
        name: state
        for name, state in json.loads(answer["definition"])["States"].items()
        if state["Type"] == "Task"
    }
    return Machine(
        arn=answer["stateMachineArn"],
        training=_states_of(tasks, _TRAINING),
        hosting=_states_of(tasks, _ENDPOINT),
        functions={
            name: state["Arguments"]["FunctionName"]
            for name, state in tasks.items()
            if state["Resource"].endswith("lambda:invoke")
        },
    )


def _states_of(tasks: Mapping[str, Any], resource: str) -> frozenset[str]:
    return frozenset(name for name, state in tasks.items() if state["Resource"].endswith(resource))
