"""Every end but a promotion leaves the live endpoint alone and nothing behind."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from contract.execution_output import ExecutionOutput
from tests.e2e.pipeline.clients import Clients
from tests.e2e.pipeline.deployment import Deployment, deploy, destroy
from tests.e2e.pipeline.grants import without


def test_a_rehearsal_judges_and_promotes_nothing(
    deployment: Deployment, small_input: dict[str, Any]
) -> None:
    before = deployment.live_config()
    outcome = deployment.run(small_input)
    assert outcome.status == "SUCCEEDED", outcome.told
    assert outcome.states[-1] == "Rehearsed"
    assert ExecutionOutput.model_validate(outcome.output).endpoint is None
    assert deployment.live_config() == before
    assert deployment.left()["endpoints"] == []


@pytest.mark.parametrize(
    ("gate", "metric", "error"),
    [
        ("validation", "binary_f_beta", "ValidationGateFailed"),
        ("test", "f1", "TestGateFailed"),
    ],
)
def test_a_model_below_a_gate_fails_the_execution(
    gate: str, metric: str, error: str, deployment: Deployment, small_input: dict[str, Any]
) -> None:
    value = deepcopy(small_input)
    value["gates"][gate] = {"metric": metric, "minimum": 1.0}
    value["hosting"]["keep"] = True
    before = deployment.live_config()
    outcome = deployment.run(value)
    assert outcome.status == "FAILED", outcome.told
    assert outcome.error == error
    assert metric in (outcome.cause or ""), outcome.told
    assert deployment.live_config() == before
    deployment.wait_until_gone("endpoints")


def test_a_metric_that_is_not_reported_passes_no_gate(
    deployment: Deployment, small_input: dict[str, Any]
) -> None:
    value = deepcopy(small_input)
    value["gates"]["validation"] = {"metric": "binary_f_bata", "minimum": 0.0}
    outcome = deployment.run(value)
    assert outcome.error == "ValidationGateFailed", outcome.told
    assert "not reported" in (outcome.cause or "")
    assert "binary_f_beta" in (outcome.cause or "")


def test_a_job_of_an_aborted_execution_is_stopped(
    deployment: Deployment, small_input: dict[str, Any]
) -> None:
    arn = deployment.start(small_input)
    deployment.wait_for_state(arn, "Train")
    deployment.clients.states.stop_execution(executionArn=arn)
    outcome = deployment.wait(arn)
    assert outcome.status == "ABORTED", outcome.told
    deployment.wait_until_gone("running jobs")


def test_a_candidate_of_an_aborted_execution_goes_when_it_may(
    deployment: Deployment, small_input: dict[str, Any]
) -> None:
    arn = deployment.start(small_input)
    deployment.wait_for_state(arn, "WaitForCandidate")
    deployment.clients.states.stop_execution(executionArn=arn)
    assert deployment.wait(arn).status == "ABORTED"
    # The call at its end may have come too early: SageMaker deletes no endpoint that it creates.
    deployment.wait_for_candidates()
    deployment.collect()
    deployment.wait_until_gone("endpoints")


def test_a_second_stack_lives_beside_the_first_and_goes_whole(
    bootstrapped: dict[str, str],
    clients: Clients,
    deployment: Deployment,
    small_input: dict[str, Any],
    tmp_path: Path,
) -> None:
    deploy(bootstrapped, "e2e-two", tmp_path)
    second = Deployment.of(clients, "e2e-two")
    promoting = deepcopy(small_input)
    promoting["hosting"]["keep"] = True
    before = deployment.live_config()
    arns = [deployment.start(small_input), second.start(promoting)]
    outcomes = [deployment.wait(arns[0]), second.wait(arns[1])]
    assert [outcome.status for outcome in outcomes] == ["SUCCEEDED"] * 2, outcomes
    promoted = second.names(outcomes[1]).resource
    assert second.live_config() == promoted
    _rename_the_hook(second)
    assert second.live_config() == promoted, "an update of the stack is not its end"
    with (
        without(second, "CollectOnDelete", "sagemaker:DeleteEndpoint"),
        pytest.raises(AssertionError, match="not authorized to perform: sagemaker:DeleteEndpoint"),
    ):
        destroy(bootstrapped, "e2e-two", tmp_path)
    destroy(bootstrapped, "e2e-two", tmp_path)
    assert second.live_config() is None
    assert second.left() == {"endpoints": [], "configs": [], "models": [], "running jobs": []}
    assert deployment.live_config() == before
    logs = clients.logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/e2e-two")
    assert logs["logGroups"] == []
    clients.s3.head_bucket(Bucket=second.bucket)  # kept, as configured


def _rename_the_hook(deployment: Deployment) -> None:
    """Update the stack to one in which the resource that collects on delete is called otherwise."""
    cloudformation, name = deployment.clients.cloudformation, deployment.stack_name
    template: Any = cloudformation.get_template(StackName=name)["TemplateBody"]
    template = json.loads(template) if isinstance(template, str) else template
    resources = template["Resources"]
    [hook] = [key for key, one in resources.items() if one["Type"] == "Custom::CollectOnDelete"]
    resources["Renamed"] = resources.pop(hook)
    s3, bucket, key = deployment.clients.s3, deployment.bucket, "renamed.template.json"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(template))
    cloudformation.update_stack(
        StackName=name,
        TemplateURL=f"https://s3.amazonaws.com/{bucket}/{key}",
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("stack_update_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert deployment.resource("Custom::CollectOnDelete", "Renamed")
