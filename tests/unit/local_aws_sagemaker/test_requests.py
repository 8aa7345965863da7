import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.platform import AwsError
from local_aws.sagemaker.constraints import _compiled  # pyright: ignore[reportPrivateUsage]
from local_aws.sagemaker.service import SageMaker
from local_aws.sagemaker.shapes import operation_model, shaped_response
from tests.unit.local_aws_sagemaker.surroundings import IMAGE, ROLE, MemoryPlatform

Call = Callable[..., dict[str, Any]]


def refused(call: Call, operation: str, **request: object) -> AwsError:
    with pytest.raises(AwsError) as refusal:
        call(operation, **request)
    return refusal.value


def test_a_pattern_is_checked_in_the_words_of_aws(call: Call) -> None:
    error = refused(call, "DescribeEndpoint", EndpointName="a_b")
    assert error.code == "ValidationException"
    assert error.message == (
        "1 validation error detected: Value 'a_b' at 'endpointName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_the_keys_of_a_map_are_checked(call: Call) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": "s3://b/k", "Environment": {"A B": "c"}}
    error = refused(call, "CreateModel", ModelName="m", PrimaryContainer=container)
    assert "Value 'A B' at 'primaryContainer.environment.key' failed" in error.message


def test_all_that_is_wrong_is_told_at_once_and_where(call: Call) -> None:
    variant = {"ModelName": "m", "InstanceType": "ml.none", "InitialInstanceCount": 0}
    error = refused(
        call,
        "CreateEndpointConfig",
        EndpointConfigName="c",
        ProductionVariants=[variant],
        Tags=[{"Key": "k" * 129, "Value": "v"}],
    )
    assert error.message.startswith("4 validation errors detected: ")
    for told in (
        "Value null at 'productionVariants.1.member.variantName' failed to satisfy constraint: "
        "Member must not be null",
        "Value 'ml.none' at 'productionVariants.1.member.instanceType' failed to satisfy "
        "constraint: Member must satisfy enum value set: [",
        "Value '0' at 'productionVariants.1.member.initialInstanceCount' failed to satisfy "
        "constraint: Member must have value greater than or equal to 1",
        "at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than "
        "or equal to 128",
    ):
        assert told in error.message


@pytest.mark.parametrize(
    "request_",
    [{"EndpointName": 5}, {"EndpointName": "a", "Unknown": "b"}],
)
def test_types_and_unknown_members_are_refused(call: Call, request_: dict[str, Any]) -> None:
    assert refused(call, "DescribeEndpoint", **request_).code == "SerializationException"


def test_a_null_is_no_member(call: Call) -> None:
    assert call("ListEndpoints", NameContains=None) == {"Endpoints": []}


def test_an_operation_that_is_not_there(call: Call) -> None:
    error = refused(call, "CreateNotebookInstance")
    assert error.code == "UnknownOperationException"
    assert "CreateNotebookInstance" in error.message


def test_tags_admit_the_letters_of_all_languages(call: Call, platform: MemoryPlatform) -> None:
    platform.objects["data", "model.tar.gz"] = b""
    call(
        "CreateModel",
        ModelName="m",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://data/model.tar.gz"},
        Tags=[{"Key": "Größe", "Value": "数字 9"}],
    )


def test_a_response_that_is_not_the_models_is_a_defect() -> None:
    with pytest.raises(ValueError, match=r"unknown \['Nonsense'\], missing \['ModelArn'\]"):
        shaped_response("CreateModel", {"Nonsense": 1})


def _patterns(shape: Shape | None, seen: set[str]) -> Iterator[str]:
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if "pattern" in shape.metadata:
        yield shape.metadata["pattern"]
    if isinstance(shape, StructureShape):
        for member in shape.members.values():
            yield from _patterns(member, seen)
    elif isinstance(shape, ListShape):
        yield from _patterns(shape.member, seen)
    elif isinstance(shape, MapShape):
        yield from _patterns(shape.key, seen)
        yield from _patterns(shape.value, seen)


def test_every_pattern_of_the_api_can_be_checked(sagemaker: SageMaker) -> None:
    broken: list[str] = []
    seen: set[str] = set()
    for operation in sagemaker.operations:
        for pattern in _patterns(operation_model(operation).input_shape, seen):
            try:
                _compiled(pattern)
            except re.error as error:
                broken.append(f"{pattern}: {error}")
    assert broken == []
