"""SageMaker's API as botocore's service model has it: requests checked, responses shaped."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

from local_aws.platform import AwsError
from local_aws.sagemaker.constraints import Json, violations

Wire = dict[str, Any]
"""A request or a response as the JSON protocol has it: timestamps are epoch seconds."""


@cache
def _service() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")


def operation_model(operation: str) -> OperationModel:
    """Return the model of one operation of SageMaker's control plane."""
    return _service().operation_model(operation)


def checked_request(operation: str, request: Mapping[str, Any]) -> Wire:
    """Return the request without its nulls, if it is one that the API's model admits.

    Raises
    ------
    AwsError
        ``ValidationException`` for missing members and values out of their
        constraints, ``SerializationException`` for types and unknown members.
    """
    shape = operation_model(operation).input_shape
    stated = _without_nulls(request)
    if shape is None:
        return stated
    broken = list(violations(stated, shape))
    if broken:
        many = "error" if len(broken) == 1 else "errors"
        raise AwsError(
            "ValidationException",
            f"{len(broken)} validation {many} detected: {'; '.join(broken)}",
        )
    report = ParamValidator().validate(stated, shape)
    if report.has_errors():
        raise AwsError("SerializationException", report.generate_report())
    return stated


def echo(operation: str, request: Mapping[str, Any]) -> Wire:
    """Return those members of a request that the response of another operation repeats."""
    members = _output(operation).members
    return {name: value for name, value in request.items() if name in members}


def shaped_response(operation: str, values: Mapping[str, Any]) -> Wire:
    """Bring a response into the form that the API's model demands.

    Members that are None are left out. A member that the model does not have,
    or that it demands and that is missing, is a defect of this service.

    Raises
    ------
    ValueError
        For such a defect.
    """
    shape = operation_model(operation).output_shape
    return _shaped(values, shape, operation) if shape is not None else {}


def _output(operation: str) -> StructureShape:
    shape = operation_model(operation).output_shape
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{operation} has no output")
    return shape


def _without_nulls(value: Json) -> Any:  # noqa: ANN401  # as much Json as its argument
    if isinstance(value, Mapping):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _shaped(value: Any, shape: Shape, path: str) -> Any:  # noqa: ANN401  # JSON
    if isinstance(shape, StructureShape):
        return _shaped_structure(value, shape, path)
    if isinstance(shape, ListShape):
        return [_shaped(item, shape.member, path) for item in value]
    if isinstance(shape, MapShape):
        return {key: _shaped(item, shape.value, path) for key, item in value.items()}
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    return value


def _shaped_structure(value: Mapping[str, Any], shape: StructureShape, path: str) -> Wire:
    stated = {name: member for name, member in value.items() if member is not None}
    unknown = stated.keys() - shape.members.keys()
    missing = set(shape.required_members) - stated.keys()
    if unknown or missing:
        raise ValueError(f"{path}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    return {
        name: _shaped(member, shape.members[name], f"{path}.{name}")
        for name, member in stated.items()
    }
