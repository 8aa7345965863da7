"""The end of a candidate that was judged: deleted, and gone before the live endpoint is updated."""

from infra.workflow.asl import States, fail, jsonata, sagemaker
from infra.workflow.limits import DELETION_BUDGET
from infra.workflow.ownership import RESOURCE_NAME


def retire_phase(*, next_state: str) -> States:
    """Return the states that delete the candidate and wait until it is gone."""
    gone = "$contains($deletion_error.Cause, 'Could not find endpoint')"
    denied = "$contains($deletion_error.Cause, 'not authorized to perform')"
    budget = DELETION_BUDGET
    return {
        "DeleteCandidate": sagemaker(
            "deleteEndpoint",
            {"EndpointName": RESOURCE_NAME},
            comment="Ask for the deletion; refused while SageMaker changes the endpoint itself",
            Catch=[
                {
                    "ErrorEquals": ["SageMaker.SageMakerException"],
                    "Assign": {"deletion_error": jsonata("$states.errorOutput")},
                    "Next": "DeletionError",
                }
            ],
            next_state="WaitForDeletion",
        ),
        "DeletionError": {
            "Type": "Choice",
            "Comment": "What is denied stays denied; anything else may be otherwise next time",
            "Choices": [{"Condition": jsonata(denied), "Next": "DeletionRefused"}],
            "Default": "WaitForDeletion",
        },
        "WaitForDeletion": {
            "Type": "Wait",
            "Seconds": budget.interval_seconds,
            "Next": "DescribeDeletion",
        },
        "DescribeDeletion": sagemaker(
            "describeEndpoint",
            {"EndpointName": RESOURCE_NAME},
            comment="Gone is an error: the endpoint could not be found",
            Assign={
                "deletion_status": jsonata("$states.result.EndpointStatus"),
                "polls": jsonata("$polls + 1"),
            },
            Catch=[
                {
                    "ErrorEquals": ["SageMaker.SageMakerException"],
                    "Assign": {"deletion_error": jsonata("$states.errorOutput")},
                    "Next": "CandidateGone",
                }
            ],
            next_state="DeletionStatus",
        ),
        "CandidateGone": {
            "Type": "Choice",
            "Choices": [{"Condition": jsonata(gone), "Next": next_state}],
            "Default": "DeletionRefused",
        },
        "DeletionRefused": fail(
            "CandidateNotDeleted",
            "$deletion_error",
            comment="SageMaker's own error",
        ),
        "DeletionStatus": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": jsonata(f"$polls >= {budget.polls}"),
                    "Next": "CandidateNotDeleted",
                },
                {
                    "Condition": jsonata("$deletion_status = 'Deleting'"),
                    "Next": "WaitForDeletion",
                },
            ],
            "Default": "DeleteCandidate",
        },
        "CandidateNotDeleted": fail(
            "CandidateNotDeleted",
            f"{{'endpoint': $plan.names.resource, 'status': $deletion_status,"
            f" 'seconds': {budget.seconds}}}",
            comment="The candidate did not go in time",
        ),
    }
