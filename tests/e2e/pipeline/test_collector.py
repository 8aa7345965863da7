"""The collector is called by what it is said to be called by, and needs what it is granted."""

import json
import time
from copy import deepcopy
from typing import Any

import pytest

from tests.e2e.pipeline.deployment import Deployment
from tests.e2e.pipeline.grants import without


@pytest.fixture
def rejected_input(small_input: dict[str, Any]) -> dict[str, Any]:
    """An input whose execution leaves its candidate to the collector."""
    value = deepcopy(small_input)
    value["gates"]["test"]["minimum"] = 1.0
    return value


@pytest.mark.parametrize(
    "action",
    [
        "sagemaker:DeleteEndpoint",
        "sagemaker:ListEndpoints",
        "sagemaker:ListEndpointConfigs",
        "sagemaker:ListModels",
        "sagemaker:ListTrainingJobs",
        "sagemaker:ListTags",
        "states:ListExecutions",
    ],
)
def test_without_a_grant_it_fails_and_says_so(
    action: str, deployment: Deployment, rejected_input: dict[str, Any]
) -> None:
    with without(deployment, "Collect", action):
        outcome = deployment.run(rejected_input)
        assert outcome.error == "TestGateFailed", outcome.told
        error = deployment.try_to_collect()
    assert error is not None, f"it did not need {action}"
    assert action in error
    deployment.collect()
    deployment.wait_until_gone("endpoints")


def test_events_need_leave_to_call_it(
    deployment: Deployment, rejected_input: dict[str, Any]
) -> None:
    functions = deployment.clients.functions
    name = deployment.resource("AWS::Lambda::Function", "CollectFunction")
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    for statement in policy["Statement"]:
        functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])
    try:
        outcome = deployment.run(rejected_input)
        assert outcome.error == "TestGateFailed", outcome.told
        time.sleep(2)  # a call takes a tenth of that
        assert deployment.left()["endpoints"] == [deployment.names(outcome).resource]
    finally:
        for statement in policy["Statement"]:
            functions.add_permission(
                FunctionName=name,
                StatementId=statement["Sid"],
                Action=statement["Action"],
                Principal=statement["Principal"]["Service"],
                SourceArn=statement["Condition"]["ArnLike"]["AWS:SourceArn"],
            )
    # The end of any execution calls it again.
    assert deployment.run({"unknown": True}).error == "InputRefused"
    deployment.wait_until_gone("endpoints")
