"""The end of a candidate that was judged: deleted, and gone before the live endpoint is updated."""

from typing import Final

from infra.workflow.asl import CONNECTION_RETRY, State, States, fail, jsonata, sagemaker
from infra.workflow.limits import DELETION_BUDGET
from infra.workflow.ownership import RESOURCE_NAME

COUNTED: Final = jsonata("$polls + 1")


def retire_phase(*, next_state: str) -> States:
    """Return the states that delete the candidate and wait until it is gone.

    "Gone" is an error of SageMaker's API, of the same name as any other. So the
    loop's budget stands in for retries on that name: an error that may pass is
    met again at the next poll, and the one that is waited for costs no retry.
    """
    budget = DELETION_BUDGET
    return {
        "DeleteCandidate": sagemaker(
            "deleteEndpoint",
            {"EndpointName": RESOURCE_NAME},
            comment="Ask for the deletion; refused while SageMaker changes the endpoint itself",
            retry=CONNECTION_RETRY,
            catch=_answer({}),
            next_state="WaitForDeletion",
        ),
        "WaitForDeletion": {
            "Type": "Wait",
            "Seconds": budget.interval_seconds,
            "Next": "DescribeDeletion",
        },
        "DescribeDeletion": sagemaker(
            "describeEndpoint",
            {"EndpointName": RESOURCE_NAME},
            comment="Gone is an error: the endpoint could not be found",
            retry=CONNECTION_RETRY,
            assign={
                "deletion_status": jsonata("$states.result.EndpointStatus"),
                "polls": COUNTED,
            },
            catch=_answer({"polls": COUNTED}),
            next_state="DeletionStatus",
        ),
        "DeletionAnswer": {
            "Type": "Choice",
            "Comment": "What is denied stays denied; any other error may be none next time",
            "Choices": [
                {"Condition": _says("Could not find endpoint"), "Next": next_state},
                {"Condition": _says("not authorized to perform"), "Next": "DeletionRefused"},
                {"Condition": jsonata(f"$polls >= {budget.polls}"), "Next": "DeletionRefused"},
            ],
            "Default": "WaitForDeletion",
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


def _answer(assigned: State) -> State:
    """Return the catcher that reads SageMaker's error as an answer."""
    return {
        "ErrorEquals": ["SageMaker.SageMakerException"],
        "Assign": {"deletion_error": jsonata("$states.errorOutput"), **assigned},
        "Next": "DeletionAnswer",
    }


def _says(text: str) -> str:
    return jsonata(f"$contains($deletion_error.Cause, '{text}')")
