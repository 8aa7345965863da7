import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.platform import AwsError
from local_aws.sagemaker.deployment import reservation
from local_aws.sagemaker.service import SageMaker
from tests.unit.local_aws_sagemaker.surroundings import (
    CALLER,
    IMAGE,
    PREFIX,
    ROLE,
    MemoryPlatform,
    until,
)

Call = Callable[..., dict[str, Any]]
MakeConfig = Callable[..., str]


def settled(call: Call, name: str = "Live") -> dict[str, Any]:
    described: dict[str, Any] = {}

    def over() -> bool:
        described.clear()
        described.update(call("DescribeEndpoint", EndpointName=name))
        return described["EndpointStatus"] not in {"Creating", "Updating"}

    until(over, f"{name} settles")
    return described


def gone(call: Call, name: str) -> bool:
    return all(item["EndpointName"] != name for item in call("ListEndpoints")["Endpoints"])


def answer(sagemaker: SageMaker, name: str = "Live") -> str:
    response = sagemaker.invoke_endpoint(name, b"1,2", {}, CALLER)
    assert response.status == 200, response.body
    return json.loads(response.body)["answer"]


def test_an_endpoint_is_creating_and_then_in_service(
    sagemaker: SageMaker, call: Call, make_config: MakeConfig, platform: MemoryPlatform
) -> None:
    config = make_config("first")
    created = call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)
    at_once = call("DescribeEndpoint", EndpointName="live")
    early = sagemaker.invoke_endpoint("Live", b"", {}, CALLER)
    described = settled(call)

    assert created == {"EndpointArn": f"{PREFIX}:endpoint/live"}
    assert at_once["EndpointStatus"] == "Creating"
    assert at_once["PendingDeploymentSummary"]["EndpointConfigName"] == "first"
    assert json.loads(early.body)["Message"] == "Endpoint Live of account 000000000000 not found."
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "first"
    assert "PendingDeploymentSummary" not in described
    (variant,) = described["ProductionVariants"]
    assert (variant["VariantName"], variant["CurrentInstanceCount"]) == ("AllTraffic", 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    assert answer(sagemaker) == "first"
    until(
        lambda: platform.log("/aws/sagemaker/Endpoints/Live") == ["serves first"],
        "the container's log",
    )


def test_an_update_serves_the_new_model(
    sagemaker: SageMaker, call: Call, make_config: MakeConfig, tmp_path: Path
) -> None:
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("old"))
    settled(call)
    call("UpdateEndpoint", EndpointName="Live", EndpointConfigName=make_config("new"))
    updating = call("DescribeEndpoint", EndpointName="Live")
    described = settled(call)

    assert updating["EndpointStatus"] == "Updating"
    assert updating["EndpointConfigName"] == "old"
    assert updating["PendingDeploymentSummary"]["EndpointConfigName"] == "new"
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "new"
    assert answer(sagemaker) == "new"
    until(lambda: len(list(tmp_path.iterdir())) == 1, "the old server's folder is removed")


def test_an_update_that_fails_leaves_the_old_config_in_service(
    sagemaker: SageMaker, call: Call, make_config: MakeConfig
) -> None:
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("old"))
    settled(call)
    sick = make_config("new", answer="sick")
    call("UpdateEndpoint", EndpointName="Live", EndpointConfigName=sick)
    described = settled(call)
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "old"
    assert "PendingDeploymentSummary" not in described
    assert answer(sagemaker) == "old"


def test_an_endpoint_whose_config_was_deleted_serves_on_and_cannot_be_updated(
    sagemaker: SageMaker, call: Call, make_config: MakeConfig
) -> None:
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("old"))
    settled(call)
    call("DeleteEndpointConfig", EndpointConfigName="old")
    new = make_config("new")
    with pytest.raises(
        AwsError, match=f'Could not find endpoint configuration "{PREFIX}:endpoint-config/old".'
    ):
        call("UpdateEndpoint", EndpointName="Live", EndpointConfigName=new)
    assert answer(sagemaker) == "old"


def test_a_role_that_is_gone_fails_the_endpoint(
    call: Call, make_config: MakeConfig, platform: MemoryPlatform
) -> None:
    config = make_config("first")
    platform.roles.clear()
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)
    described = settled(call)
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"].startswith(f'The execution role ARN "{ROLE}" is invalid.')


def test_nothing_is_left_when_the_service_stops(
    sagemaker: SageMaker, call: Call, make_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_config("first")
    for name in ("serving", "creating"):
        call("CreateEndpoint", EndpointName=name, EndpointConfigName=config)
        if name == "serving":
            settled(call, name)
    sagemaker.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_container_that_is_not_healthy_fails_the_endpoint(
    call: Call, make_config: MakeConfig, tmp_path: Path
) -> None:
    sick = make_config("sick")
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=sick)
    described = settled(call)
    assert described["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert list(tmp_path.iterdir()) == [], "its folder is removed"
    with pytest.raises(AwsError, match="Cannot update failed endpoint"):
        call("UpdateEndpoint", EndpointName="Live", EndpointConfigName=sick)
    call("DeleteEndpoint", EndpointName="Live")
    until(lambda: gone(call, "Live"), "a failed endpoint can be deleted")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "Failed to download model data"),
        (b"not an archive", "Failed to extract model data archive"),
    ],
)
def test_an_artifact_that_cannot_be_had_fails_the_endpoint(
    call: Call,
    make_config: MakeConfig,
    platform: MemoryPlatform,
    content: bytes | None,
    reason: str,
) -> None:
    config = make_config("first")
    if content is None:
        platform.denied.add("s3:GetObject")
    else:
        platform.objects["data", "first/model.tar.gz"] = content
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)
    described = settled(call)
    assert described["EndpointStatus"] == "Failed"
    assert reason in described["FailureReason"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_container_that_cannot_be_started_leaves_nothing(
    call: Call, make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = make_config("first")
    monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)
    described = settled(call)
    assert described["EndpointStatus"] == "Failed"
    assert described["FailureReason"].startswith("InternalServerError: FileNotFoundError")
    assert list(tmp_path.iterdir()) == [], "its folder is removed"


def test_a_containers_port_is_nobody_elses() -> None:
    with reservation() as kept, socket.socket() as other, socket.socket() as container:
        with pytest.raises(OSError, match="in use"):
            other.bind(kept.getsockname())
        container.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        container.bind(kept.getsockname())
        container.listen()


def test_a_deleted_endpoint_is_gone_and_its_name_is_free(
    call: Call, make_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_config("first")
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)
    settled(call)
    call("DeleteEndpoint", EndpointName="Live")
    until(lambda: gone(call, "Live"), "the endpoint is gone")
    with pytest.raises(AwsError, match=f'Could not find endpoint "{PREFIX}:endpoint/live".'):
        call("DescribeEndpoint", EndpointName="Live")
    assert list(tmp_path.iterdir()) == []
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)


@pytest.mark.parametrize("operation", ["DeleteEndpoint", "UpdateEndpoint"])
def test_an_endpoint_that_is_changing_is_let_alone(
    call: Call, make_config: MakeConfig, operation: str
) -> None:
    config = make_config("first")
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)
    more = {"EndpointConfigName": config} if operation == "UpdateEndpoint" else {}
    with pytest.raises(
        AwsError, match=f'Cannot update in-progress endpoint "{PREFIX}:endpoint/live".'
    ):
        call(operation, EndpointName="Live", **more)
    settled(call)


def test_an_endpoint_that_exists_is_not_created_again(call: Call, make_config: MakeConfig) -> None:
    config = make_config("first")
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=config)
    with pytest.raises(
        AwsError, match=f'Cannot create already existing endpoint "{PREFIX}:endpoint/live".'
    ):
        call("CreateEndpoint", EndpointName="LIVE", EndpointConfigName=config)


def test_a_config_that_is_not_there(call: Call) -> None:
    with pytest.raises(
        AwsError, match=f'Could not find endpoint configuration "{PREFIX}:endpoint-config/none".'
    ):
        call("CreateEndpoint", EndpointName="Live", EndpointConfigName="none")


@pytest.mark.parametrize(
    ("asked", "instances"),
    [
        ({}, 1),
        ({"RetainAllVariantProperties": True}, 2),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [
                    {"VariantPropertyType": "DesiredInstanceCount"}
                ],
            },
            1,
        ),
    ],
)
def test_variant_properties_are_retained_when_asked_for(
    call: Call, make_config: MakeConfig, asked: dict[str, Any], instances: int
) -> None:
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("old"))
    settled(call)
    call(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="Live",
        DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}],
    )
    assert settled(call)["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    call("UpdateEndpoint", EndpointName="Live", EndpointConfigName=make_config("new"), **asked)
    assert settled(call)["ProductionVariants"][0]["DesiredInstanceCount"] == instances


def test_an_update_needs_both_fleets_within_the_limit(call: Call, make_config: MakeConfig) -> None:
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("old", instances=3))
    settled(call)
    new = make_config("new", instances=2)
    with pytest.raises(AwsError, match=r"'ml\.m4\.xlarge for endpoint usage' is 4 "):
        call("UpdateEndpoint", EndpointName="Live", EndpointConfigName=new)
    assert settled(call)["EndpointConfigName"] == "old"
    call("DeleteEndpoint", EndpointName="Live")
    until(lambda: gone(call, "Live"), "the endpoint is gone")
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("all", instances=4))


def test_a_container_that_dies_is_started_again(
    sagemaker: SageMaker, call: Call, make_config: MakeConfig
) -> None:
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("first"))
    settled(call)
    failed = sagemaker.invoke_endpoint("Live", b"die", {}, CALLER)
    assert failed.status == 424
    until(
        lambda: sagemaker.invoke_endpoint("Live", b"1", {}, CALLER).status == 200,
        "the container answers again",
    )


def test_models_and_configs_are_described_as_they_were_created(
    call: Call, make_config: MakeConfig
) -> None:
    make_config("First")
    model = call("DescribeModel", ModelName="first")
    config = call("DescribeEndpointConfig", EndpointConfigName="first")
    assert model["ModelName"] == "First"
    assert model["ModelArn"] == f"{PREFIX}:model/first"
    assert model["PrimaryContainer"]["ModelDataUrl"] == "s3://data/First/model.tar.gz"
    assert config["EndpointConfigArn"] == f"{PREFIX}:endpoint-config/first"
    assert config["ProductionVariants"][0]["ModelName"] == "First"
    assert "Tags" not in model


def test_models_and_configs_that_are_there_or_not(call: Call, make_config: MakeConfig) -> None:
    make_config("first")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "FIRST",
        "InstanceType": "ml.m4.xlarge",
        "InitialInstanceCount": 1,
    }
    with pytest.raises(AwsError, match="Cannot create already existing endpoint configuration"):
        call("CreateEndpointConfig", EndpointConfigName="First", ProductionVariants=[variant])
    call("DeleteEndpointConfig", EndpointConfigName="FIRST")
    call("DeleteModel", ModelName="FIRST")
    with pytest.raises(AwsError, match=f'Could not find model "{PREFIX}:model/first".'):
        call("CreateEndpointConfig", EndpointConfigName="First", ProductionVariants=[variant])
    with pytest.raises(AwsError, match="Could not find endpoint configuration"):
        call("DeleteEndpointConfig", EndpointConfigName="first")


@pytest.mark.parametrize(
    ("forbidden", "told"),
    [(False, "Could not find model data at"), (True, 'the role has "s3:GetObject" permissions')],
)
def test_a_model_needs_an_artifact_that_its_role_may_read(
    call: Call, platform: MemoryPlatform, forbidden: bool, told: str
) -> None:
    if forbidden:
        platform.denied.add("s3:GetObject")
    container = {"Image": IMAGE, "ModelDataUrl": "s3://data/none/model.tar.gz"}
    with pytest.raises(AwsError, match=told):
        call("CreateModel", ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}, "ServerlessConfig"),
        ({"InstanceType": None}, "a production variant without InstanceType"),
    ],
)
def test_variants_that_are_not_available_are_refused_by_name(
    call: Call, make_config: MakeConfig, change: dict[str, Any], told: str
) -> None:
    make_config("first")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "first",
        "InstanceType": "ml.m4.xlarge",
        "InitialInstanceCount": 1,
    }
    with pytest.raises(AwsError, match=f"{told} is not available"):
        call("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant | change])


def test_several_variants_are_refused(call: Call, make_config: MakeConfig) -> None:
    make_config("first")
    variant = {"ModelName": "first", "InstanceType": "ml.m4.xlarge", "InitialInstanceCount": 1}
    variants = [variant | {"VariantName": name} for name in ("a", "b")]
    with pytest.raises(AwsError, match="more than one production variant is not available"):
        call("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=variants)
