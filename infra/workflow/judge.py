"""The gates: a verdict is computed by a function, and a failed one ends the execution."""

from contract.verdict import GateName
from infra.workflow.asl import States, fail, invoke, jsonata


def gate_phase(gate: GateName, *, metrics: str, next_state: str) -> States:
    """Return the states of one gate, which set ``$<gate>_verdict``.

    Parameters
    ----------
    gate
        Which gate.
    metrics
        JSONata expression of all metrics that were reported, by name.
    next_state
        What follows a gate that is passed.
    """
    title = gate.capitalize()
    verdict = f"{gate}_verdict"
    return {
        f"{title}Gate": invoke(
            "Judge",
            {
                "gate": gate,
                "rule": jsonata(f"$plan.gates.{gate}"),
                "metrics": jsonata(metrics),
            },
            comment=f"Judge the model by its {gate} metrics",
            assign={verdict: jsonata("$states.result.Payload")},
            next_state=f"{title}Passed",
        ),
        f"{title}Passed": {
            "Type": "Choice",
            "Choices": [{"Condition": jsonata(f"${verdict}.passed"), "Next": next_state}],
            "Default": f"{title}GateFailed",
        },
        f"{title}GateFailed": fail(
            f"{title}GateFailed",
            f"${verdict}",
            comment=f"The model did not reach what the {gate} gate asks for",
        ),
    }
