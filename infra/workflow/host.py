"""The candidate: an endpoint of the execution's own, that nobody else is answered by."""

from typing import Final

from contract.names import VARIANT_NAME
from infra.workflow.asl import State, States, fail, invoke, jsonata, sagemaker
from infra.workflow.limits import CANDIDATE_BUDGET
from infra.workflow.ownership import OWNER_TAGS, RESOURCE_NAME

CHANGING: Final = ("Creating", "Updating", "SystemUpdating", "RollingBack")
"""Statuses of an endpoint that may yet be in service; any other that is not is the end."""


def host_phase(*, next_state: str) -> States:
    """Return the states that bring the candidate up and set ``$evaluation``."""
    return {
        **_create_model(),
        **_create_endpoint_config(),
        **_create_candidate(),
        **_await_candidate(),
        "Evaluate": invoke(
            "Evaluate",
            {
                "names": jsonata("$plan.names"),
                "endpoint": RESOURCE_NAME,
                "model": RESOURCE_NAME,
                "loss": jsonata("$plan.training.loss"),
                "prepared": jsonata("$prepared"),
            },
            comment="Send all test records through the candidate",
            assign={
                "evaluation": jsonata("$states.result.Payload"),
                "polls": 0,  # of the loop that comes next, the candidate's deletion
            },
            next_state=next_state,
        ),
    }


def _create_model() -> States:
    return _creation(
        "Model",
        "Model",
        {
            "ModelName": RESOURCE_NAME,
            "ExecutionRoleArn": "${SageMakerRoleArn}",
            "PrimaryContainer": {
                "Image": "${TrainingImage}",
                "ModelDataUrl": jsonata("$training.artifact"),
            },
            "EnableNetworkIsolation": True,
            "Tags": OWNER_TAGS,
        },
        next_state="CreateEndpointConfig",
    )


def _create_endpoint_config() -> States:
    return _creation(
        "EndpointConfig",
        "EndpointConfig",
        {
            "EndpointConfigName": RESOURCE_NAME,
            "ProductionVariants": [
                {
                    "VariantName": VARIANT_NAME,
                    "ModelName": RESOURCE_NAME,
                    "InstanceType": jsonata("$plan.hosting.instance_type"),
                    "InitialInstanceCount": jsonata("$plan.hosting.instance_count"),
                    "InitialVariantWeight": 1,
                }
            ],
            "Tags": OWNER_TAGS,
        },
        next_state="CreateCandidate",
    )


def _create_candidate() -> States:
    return _creation(
        "Candidate",
        "Endpoint",
        {"EndpointName": RESOURCE_NAME, "EndpointConfigName": RESOURCE_NAME, "Tags": OWNER_TAGS},
        next_state="DescribeCandidate",
        assign={"polls": 0},
    )


def _creation(
    thing: str,
    kind: str,
    arguments: State,
    *,
    next_state: str,
    assign: State | None = None,
) -> States:
    """Return the states that create a thing, or find that an attempt before has created it.

    Parameters
    ----------
    thing
        What the states call it.
    kind
        What SageMaker's API calls it.
    arguments
        Of the API's creating action. The name holds the hashes of the stack
        and of the execution: what has it is this execution's.
    next_state
        What follows where the thing exists.
    assign
        Variables that are set then.
    """
    return {
        f"Create{thing}": sagemaker(
            f"create{kind}",
            arguments,
            comment="An error may hide a creation that was accepted: then look for it",
            catch={
                "ErrorEquals": ["States.ALL"],
                "Assign": {"creation_error": jsonata("$states.errorOutput")},
                "Next": f"Find{thing}",
            },
            next_state=next_state,
            assign=assign,
        ),
        f"Find{thing}": sagemaker(
            f"describe{kind}",
            {f"{kind}Name": RESOURCE_NAME},
            comment="Created by an attempt before? Its name says that it is this execution's",
            catch={"ErrorEquals": ["States.ALL"], "Next": f"{thing}NotCreated"},
            next_state=next_state,
            assign=assign,
        ),
        f"{thing}NotCreated": fail(
            jsonata("$creation_error.Error"),
            "$creation_error.Cause",
            comment="SageMaker's own error",
        ),
    }


def _await_candidate() -> States:
    budget = CANDIDATE_BUDGET
    return {
        "DescribeCandidate": sagemaker(
            "describeEndpoint",
            {"EndpointName": RESOURCE_NAME},
            comment="Ask how far the candidate is",
            assign={
                "candidate": {
                    "status": jsonata("$states.result.EndpointStatus"),
                    "reason": jsonata(
                        "$exists($states.result.FailureReason)"
                        " ? $states.result.FailureReason : 'none given'"
                    ),
                },
                "polls": jsonata("$polls + 1"),
            },
            next_state="CandidateStatus",
        ),
        "CandidateStatus": {
            "Type": "Choice",
            "Choices": [
                {"Condition": jsonata("$candidate.status = 'InService'"), "Next": "Evaluate"},
                {
                    "Condition": jsonata(f"$not($candidate.status in {list(CHANGING)})"),
                    "Next": "CandidateFailed",
                },
                {
                    "Condition": jsonata(f"$polls < {budget.polls}"),
                    "Next": "WaitForCandidate",
                },
            ],
            "Default": "CandidateTimedOut",
        },
        "WaitForCandidate": {
            "Type": "Wait",
            "Seconds": budget.interval_seconds,
            "Next": "DescribeCandidate",
        },
        "CandidateFailed": fail(
            "CandidateFailed",
            "$merge([$candidate, {'endpoint': $plan.names.resource}])",
            comment="The candidate did not come into service",
        ),
        "CandidateTimedOut": fail(
            "CandidateTimedOut",
            f"$merge([$candidate, {{'endpoint': $plan.names.resource,"
            f" 'seconds': {budget.seconds}}}])",
            comment="The candidate was not in service in time",
        ),
    }
