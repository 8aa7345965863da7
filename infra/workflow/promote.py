"""The promotion of what was judged, or the end of a rehearsal."""

from infra.workflow.asl import State, States, fail, invoke, jsonata
from infra.workflow.limits import PROMOTION_BUDGET


def promote_phase() -> States:
    """Return the states that promote, step by step, and end the execution."""
    budget = PROMOTION_BUDGET
    return {
        "KeepModel": {
            "Type": "Choice",
            "Comment": "hosting.keep: false is a rehearsal, the live endpoint is not touched",
            "Choices": [
                {
                    "Condition": jsonata("$plan.hosting.keep"),
                    "Assign": {
                        "polls": 0,
                        "progress": {
                            "replaced_config": None,
                            "update_sent": False,
                            "reverting": False,
                        },
                    },
                    "Next": "Promote",
                }
            ],
            "Default": "Rehearsed",
        },
        "Promote": invoke(
            "Promote",
            {
                "names": jsonata("$plan.names"),
                "config": jsonata("$plan.names.resource"),
                "progress": jsonata("$progress"),
            },
            comment="One idempotent step; what it did so far is carried in $progress",
            assign={
                "progress": jsonata("$states.result.Payload.progress"),
                "promotion": {
                    "outcome": jsonata("$states.result.Payload.outcome"),
                    "reason": jsonata("$states.result.Payload.reason"),
                },
                "polls": jsonata("$polls + 1"),
            },
            next_state="PromotionOutcome",
        ),
        "PromotionOutcome": {
            "Type": "Choice",
            "Choices": [
                {"Condition": jsonata("$promotion.outcome = 'promoted'"), "Next": "Promoted"},
                {"Condition": jsonata("$promotion.outcome != 'wait'"), "Next": "PromotionFailed"},
                {
                    "Condition": jsonata(f"$polls < {budget.polls}"),
                    "Next": "WaitForPromotion",
                },
            ],
            "Default": "PromotionTimedOut",
        },
        "WaitForPromotion": {
            "Type": "Wait",
            "Seconds": budget.interval_seconds,
            "Next": "Promote",
        },
        "PromotionFailed": fail(
            "PromotionFailed", "$promotion", comment="The live endpoint does not serve the model"
        ),
        "PromotionTimedOut": fail(
            "PromotionTimedOut",
            f"$merge([$promotion, {{'seconds': {budget.seconds}}}])",
            comment="The live endpoint did not arrive at the model in time",
        ),
        "Promoted": _end(endpoint=jsonata("$plan.names.live_endpoint")),
        "Rehearsed": _end(endpoint=None),
    }


def _end(*, endpoint: str | None) -> State:
    """Return a last state; its output is the execution's: `contract.execution_output`."""
    return {
        "Type": "Succeed",
        "Output": {
            "confusion_matrix": jsonata("$evaluation.confusion_matrix"),
            "metrics": jsonata("$evaluation.metrics"),
            "verdicts": [jsonata("$validation_verdict"), jsonata("$test_verdict")],
            "endpoint": endpoint,
            "uris": {
                "evaluation": jsonata("$evaluation.evaluation_uri"),
                "confusion_matrix": jsonata("$evaluation.confusion_matrix_uri"),
                "manifest": jsonata("$prepared.manifest_uri"),
                "model_artifact": jsonata("$training.artifact"),
            },
        },
    }
