"""Each grant that the embedded AWS can ask for is asked for: without it, a run fails, and says so.

A table (role, action, the state that fails, the error that it fails with). Grants
that nothing here asks for are held by the assertions on the template.
"""

import json
from typing import Any

import pytest

from tests.e2e.pipeline.deployment import Deployment
from tests.e2e.pipeline.grants import role_of, without

MACHINE = [
    ("lambda:InvokeFunction", "CheckInput", "Lambda.AWSLambdaException"),
    ("sagemaker:CreateTrainingJob", "Train", "SageMaker.AmazonSageMakerException"),
    ("sagemaker:CreateModel", "CreateModel", "SageMaker.SageMakerException"),
    ("sagemaker:CreateEndpointConfig", "CreateEndpointConfig", "SageMaker.SageMakerException"),
    ("sagemaker:CreateEndpoint", "CreateCandidate", "SageMaker.SageMakerException"),
    ("sagemaker:DescribeEndpoint", "DescribeCandidate", "SageMaker.SageMakerException"),
    ("sagemaker:DeleteEndpoint", "DeleteCandidate", "CandidateNotDeleted"),
    ("sagemaker:AddTags", "Train", "SageMaker.AmazonSageMakerException"),
    ("iam:PassRole", "Train", "SageMaker.AmazonSageMakerException"),
]
FUNCTIONS = [
    ("Ingest", "s3:GetObject", "Ingest", "DatasetMissing"),
    ("Ingest", "s3:PutObject", "Ingest", "AccessDenied"),
    ("Prepare", "s3:GetObject", "Prepare", "AccessDenied"),
    ("Prepare", "s3:PutObject", "Prepare", "AccessDenied"),
    ("Evaluate", "s3:GetObject", "Evaluate", "AccessDenied"),
    ("Evaluate", "s3:PutObject", "Evaluate", "AccessDenied"),
    ("Evaluate", "sagemaker:InvokeEndpoint", "Evaluate", "ClientError"),
    ("SageMaker", "s3:GetObject", "Train", "States.TaskFailed"),
    ("SageMaker", "s3:ListBucket", "Train", "SageMaker.AmazonSageMakerException"),
    ("SageMaker", "s3:PutObject", "Train", "States.TaskFailed"),
]
PROMOTE = [
    ("s3:GetObject", "AccessDenied"),
    ("s3:PutObject", "AccessDenied"),
    ("sagemaker:DescribeEndpoint", "ClientError"),
    ("sagemaker:UpdateEndpoint", "ClientError"),
    ("sagemaker:InvokeEndpoint", "ClientError"),
    ("sagemaker:ListTags", "ClientError"),
]
GRANTS = [
    *(("Pipeline", action, state, error) for action, state, error in MACHINE),
    *FUNCTIONS,
    *(("Promote", action, "Promote", error) for action, error in PROMOTE),
]


@pytest.mark.parametrize(("role", "action", "state", "error"), GRANTS)
def test_a_run_without_a_grant_fails_where_it_is_needed(
    role: str,
    action: str,
    state: str,
    error: str,
    deployment: Deployment,
    small_input: dict[str, Any],
) -> None:
    value = {**small_input, "hosting": {"keep": state == "Promote"}}
    with without(deployment, role, action):
        outcome = deployment.run(value)
    assert outcome.status == "FAILED", outcome.told
    assert (state in outcome.states, outcome.error) == (True, error), outcome.told
    deployment.wait_for_candidates()
    deployment.collect()
    deployment.wait_until_gone("endpoints")


@pytest.mark.parametrize(
    ("trusted", "other"),
    [("sagemaker.amazonaws.com", "ec2.amazonaws.com"), ("000000000000", "111111111111")],
    ids=["service", "account"],
)
def test_a_run_without_trust_fails(
    trusted: str, other: str, deployment: Deployment, small_input: dict[str, Any]
) -> None:
    iam = deployment.clients.iam
    role = role_of(deployment, "SageMaker")
    trust = json.dumps(iam.get_role(RoleName=role)["Role"].get("AssumeRolePolicyDocument"))
    assert trusted in trust
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust.replace(trusted, other))
    try:
        outcome = deployment.run(small_input)
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
    assert (outcome.states[-1], outcome.error) == ("Train", "SageMaker.AmazonSageMakerException")
