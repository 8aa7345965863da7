"""Where the embedded AWS still differs from AWS.

A test that fails says that a difference is gone: take its row out of
``docs/differs-from-aws.md``.
"""

import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.settings import WAIT_SCALE
from tests.e2e.adapter.account import Account, unique
from tests.e2e.adapter.test_cloudformation import delete_stack, make_stack


def refusal(call: Any, **arguments: Any) -> str | None:
    """Return the code with which a call is refused, or None."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response.get("Error", {}).get("Code")
    return None


def test_waits_are_scaled(corrected: Account) -> None:
    ended = corrected.run({"Wait": {"Type": "Wait", "Seconds": 10, "End": True}})

    seconds = (ended.get("stopDate", ended["startDate"]) - ended["startDate"]).total_seconds()
    assert 10 * WAIT_SCALE <= seconds < 10


def test_functions_run_on_this_hosts_python(corrected: Account) -> None:
    function = corrected.function(
        "import sys\ndef handler(event, context): return list(sys.version_info[:2])"
    )

    assert corrected.invoke(function) == (list(sys.version_info[:2]), False)


def test_functions_see_the_hosts_files(corrected: Account) -> None:
    function = corrected.function(
        "import os\ndef handler(event, context): return os.path.exists(event)"
    )

    assert corrected.invoke(function, __file__) == (True, False)


def test_functions_with_layers_do_not_run(corrected: Account) -> None:
    version = corrected.functions.publish_layer_version(
        LayerName="layer", Content={"ZipFile": b"PK\x05\x06" + bytes(18)}
    )
    function = corrected.function(
        "def handler(event, context): return 1", Layers=[version["LayerVersionArn"]]
    )

    assert refusal(corrected.functions.invoke, FunctionName=function) is not None


def test_executions_are_not_redriven(corrected: Account) -> None:
    ended = corrected.run({"Fail": {"Type": "Fail"}})

    code = refusal(corrected.states.redrive_execution, executionArn=ended["executionArn"])

    assert code == "InvalidAction"


def test_heartbeats_are_not_asked_for(corrected: Account) -> None:
    function = corrected.function(
        "import time\ndef handler(event, context): time.sleep(1.5)", Timeout=5
    )
    task = {
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function},
        "HeartbeatSeconds": 1,
        "TimeoutSeconds": 5,
    }

    assert corrected.task(task)["status"] == "SUCCEEDED"


def test_parallel_states_pass_their_results_on_as_they_are(corrected: Account) -> None:
    branch = {"StartAt": "One", "States": {"One": {"Type": "Pass", "Output": 1, "End": True}}}
    parallel = {"Type": "Parallel", "Branches": [branch], "Output": "changed", "End": True}

    assert corrected.run({"Parallel": parallel}).get("output") == "[1]"


def test_executions_have_no_metrics(corrected: Account) -> None:
    corrected.run({"Done": {"Type": "Succeed"}})

    metrics = corrected.client("cloudwatch").list_metrics(Namespace="AWS/States")["Metrics"]

    assert metrics == []


def test_a_machine_takes_its_executions_with_it(corrected: Account) -> None:
    machine = corrected.machine(
        {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 30, "End": True}}}
    )
    execution = corrected.start(machine)
    corrected.states.delete_state_machine(stateMachineArn=machine)

    code = refusal(corrected.states.describe_execution, executionArn=execution)

    assert code == "ExecutionDoesNotExist"


@pytest.mark.parametrize("service", ["service-quotas", "xray", "application-autoscaling"])
def test_services_that_are_not_there(corrected: Account, service: str) -> None:
    calls: dict[str, tuple[str, dict[str, str]]] = {
        "service-quotas": ("list_services", {}),
        "xray": ("get_groups", {}),
        "application-autoscaling": (
            "describe_scalable_targets",
            {"ServiceNamespace": "sagemaker"},
        ),
    }
    name, arguments = calls[service]

    assert refusal(getattr(corrected.client(service), name), **arguments) is not None


BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {
        "LifecycleConfiguration": {
            "Rules": [{"Id": "raw", "Status": "Enabled", "Prefix": "raw/", "ExpirationInDays": 3}]
        },
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        "Tags": [{"Key": "project", "Value": "test"}],
    },
}


def test_a_stack_drops_its_buckets_lifecycle_encryption_and_tags(corrected: Account) -> None:
    _, names = make_stack(corrected, {"Bucket": BUCKET})
    bucket = {"Bucket": names["Bucket"]}

    [rule] = corrected.s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"][
        "Rules"
    ]

    assert rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") == "AES256"
    lifecycle = refusal(corrected.s3.get_bucket_lifecycle_configuration, **bucket)
    assert lifecycle == "NoSuchLifecycleConfiguration"
    assert refusal(corrected.s3.get_bucket_tagging, **bucket) == "NoSuchTagSet"


def test_a_bucket_goes_with_its_stack_also_with_objects(corrected: Account) -> None:
    name = unique("stack")
    _, names = make_stack(corrected, {"Bucket": {"Type": "AWS::S3::Bucket"}}, name)
    corrected.s3.put_object(Bucket=names["Bucket"], Key="key", Body=b"")

    assert delete_stack(corrected, name) == "DELETE_COMPLETE"


def test_a_stack_drops_a_functions_reserved_concurrency(corrected: Account) -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Role": corrected.role("lambda"),
            "Runtime": "python3.14",
            "Handler": "index.handler",
            "Code": {"ZipFile": "def handler(event, context): return 1"},
            "ReservedConcurrentExecutions": 1,
        },
    }
    _, names = make_stack(corrected, {"Function": function})

    found = corrected.functions.get_function_concurrency(FunctionName=names["Function"])

    assert "ReservedConcurrentExecutions" not in found


@pytest.mark.parametrize("operation", ["list_processing_jobs", "list_transform_jobs"])
def test_sagemaker_has_training_and_hosting_alone(corrected: Account, operation: str) -> None:
    call = getattr(corrected.client("sagemaker"), operation)

    assert refusal(call) == "UnknownOperationException"


def test_sagemaker_runs_no_image_but_the_linear_learners(corrected: Account) -> None:
    code = refusal(
        corrected.client("sagemaker").create_model,
        ModelName=unique("model"),
        ExecutionRoleArn=corrected.role("sagemaker"),
        PrimaryContainer={"Image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/mine:1"},
    )

    assert code == "ValidationException"
