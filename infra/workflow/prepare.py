"""From an input to shards: check it, take the dataset in, convert it."""

from contract.names import ATTEMPT_JSONATA
from infra.workflow.asl import States, invoke, jsonata


def prepare_phase(*, next_state: str) -> States:
    """Return the states that set ``$plan``, ``$ingested`` and ``$prepared``."""
    return {
        "CheckInput": invoke(
            "CheckInput",
            {"input": jsonata("$states.input")},
            comment="Refuse what cannot run, complete the rest to a plan",
            assign={"plan": jsonata("$states.result.Payload")},
            next_state="Ingest",
        ),
        "Ingest": invoke(
            "Ingest",
            {"dataset": jsonata("$plan.dataset")},
            comment="Keep the dataset under raw/, by its checksum",
            assign={"ingested": jsonata("$states.result.Payload")},
            next_state="Prepare",
        ),
        "Prepare": invoke(
            "Prepare",
            {
                "names": jsonata("$plan.names"),
                "attempt": jsonata(ATTEMPT_JSONATA),
                "dataset": jsonata("$plan.dataset"),
                "ingested": jsonata("$ingested"),
            },
            comment="Inspect, split, shuffle, convert to recordIO-protobuf",
            assign={"prepared": jsonata("$states.result.Payload")},
            next_state=next_state,
        ),
    }
