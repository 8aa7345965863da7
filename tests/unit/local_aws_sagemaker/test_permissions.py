from collections.abc import Callable
from typing import Any

import pytest

from local_aws.platform import AwsError
from tests.unit.local_aws_sagemaker.surroundings import IMAGE, PREFIX, ROLE, MemoryPlatform

Call = Callable[..., dict[str, Any]]
TAGS = [{"Key": "owner", "Value": "me"}]
MODEL = {
    "ModelName": "M",
    "ExecutionRoleArn": ROLE,
    "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://data/model.tar.gz"},
}
VARIANT = {
    "VariantName": "v",
    "ModelName": "M",
    "InstanceType": "ml.m4.xlarge",
    "InitialInstanceCount": 1,
}


@pytest.mark.parametrize(
    ("operation", "request_", "resources"),
    [
        ("DescribeTrainingJob", {"TrainingJobName": "J"}, ["training-job/j"]),
        ("StopTrainingJob", {"TrainingJobName": "J"}, ["training-job/j"]),
        ("DescribeModel", {"ModelName": "M"}, ["model/m"]),
        ("DeleteModel", {"ModelName": "M"}, ["model/m"]),
        ("DescribeEndpointConfig", {"EndpointConfigName": "C"}, ["endpoint-config/c"]),
        ("DeleteEndpointConfig", {"EndpointConfigName": "C"}, ["endpoint-config/c"]),
        (
            "CreateEndpointConfig",
            {"EndpointConfigName": "C", "ProductionVariants": [VARIANT]},
            ["endpoint-config/c"],
        ),
        (
            "CreateEndpoint",
            {"EndpointName": "E", "EndpointConfigName": "C"},
            ["endpoint/e", "endpoint-config/c"],
        ),
        (
            "UpdateEndpoint",
            {"EndpointName": "E", "EndpointConfigName": "C"},
            ["endpoint/e", "endpoint-config/c"],
        ),
        ("DescribeEndpoint", {"EndpointName": "E"}, ["endpoint/e"]),
        ("DeleteEndpoint", {"EndpointName": "E"}, ["endpoint/e"]),
        ("ListTags", {"ResourceArn": f"{PREFIX}:model/M"}, ["model/m"]),
    ],
)
def test_the_action_is_asked_for_on_the_resources(
    call: Call,
    platform: MemoryPlatform,
    operation: str,
    request_: dict[str, Any],
    resources: list[str],
) -> None:
    with pytest.raises(AwsError):  # none of them is there
        call(operation, **request_)
    assert [(action, arn) for action, arn, _ in platform.asked] == [
        (f"sagemaker:{operation}", f"{PREFIX}:{resource}") for resource in resources
    ]


@pytest.mark.parametrize(
    "operation", ["ListTrainingJobs", "ListModels", "ListEndpointConfigs", "ListEndpoints"]
)
def test_a_list_is_asked_for_on_everything(
    call: Call, platform: MemoryPlatform, operation: str
) -> None:
    call(operation)
    assert [(action, arn) for action, arn, _ in platform.asked] == [(f"sagemaker:{operation}", "*")]


def test_a_role_has_to_be_passed_and_tags_added(call: Call, platform: MemoryPlatform) -> None:
    platform.objects["data", "model.tar.gz"] = b""
    call("CreateModel", **MODEL, Tags=TAGS)
    arn = f"{PREFIX}:model/m"
    asked = {"aws:RequestTag/owner": "me"}
    assert platform.asked == [
        ("sagemaker:CreateModel", arn, asked),
        ("sagemaker:AddTags", arn, asked),
        ("iam:PassRole", ROLE, {"iam:PassedToService": "sagemaker.amazonaws.com"}),
    ]


@pytest.mark.parametrize("action", ["sagemaker:CreateModel", "sagemaker:AddTags", "iam:PassRole"])
def test_nothing_is_done_without_each_permission(
    call: Call, platform: MemoryPlatform, action: str
) -> None:
    platform.objects["data", "model.tar.gz"] = b""
    platform.denied.add(action)
    with pytest.raises(AwsError, match=f"not authorized to perform: {action}") as refusal:
        call("CreateModel", **MODEL, Tags=TAGS)
    assert refusal.value.code == "AccessDeniedException"
    assert call("ListModels") == {"Models": []}


def test_a_training_job_passes_its_role(
    call: Call, platform: MemoryPlatform, training_job: dict[str, Any]
) -> None:
    platform.denied.add("iam:PassRole")
    with pytest.raises(AwsError, match="iam:PassRole"):
        call("CreateTrainingJob", **training_job)


def test_the_tags_that_a_resource_wears_are_condition_keys(
    call: Call, platform: MemoryPlatform
) -> None:
    platform.objects["data", "model.tar.gz"] = b""
    call("CreateModel", **MODEL, Tags=TAGS)
    platform.asked.clear()
    call("DeleteModel", ModelName="M")
    worn = {"aws:ResourceTag/owner": "me"}
    assert platform.asked == [("sagemaker:DeleteModel", f"{PREFIX}:model/m", worn)]
