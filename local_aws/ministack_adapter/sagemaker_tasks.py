"""Step Functions' integrations with SageMaker, which ministack does not have.

What AWS does: ``createTrainingJob`` is an optimised integration, and with
``.sync`` tags the job and waits for it; every other operation is an SDK integration. Their
errors have names of their own: the optimised one's are
``SageMaker.AmazonSageMakerException``; an SDK integration's are
``SageMaker.SageMakerException`` for whatever the operation does not model.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import botocore.session
from botocore.model import ListShape, ServiceModel, Shape, StructureShape
from ministack.services import stepfunctions

from local_aws.ministack_adapter.sagemaker_api import service
from local_aws.platform import AwsError, Caller

Json = dict[str, Any]

_OPTIMISED: Final = "arn:aws:states:::sagemaker:createTrainingJob"
_SDK: Final = "arn:aws:states:::aws-sdk:sagemaker:"
_UNMODELLED: Final = "SageMakerException"
_MANAGED: Final = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}
"""The tag that Step Functions puts on a job that it waits for: it needs ``AddTags``."""


def is_for(resource: str) -> bool:
    """Tell whether a task's resource is one of these integrations."""
    return resource in {_OPTIMISED, f"{_OPTIMISED}.sync"} or resource.startswith(_SDK)


def run(resource: str, request: Json, caller: Caller, cancelled: Callable[[], bool]) -> Json:
    """Make a task's call as the machine's role.

    Parameters
    ----------
    resource
        The task's ``Resource``.
    request
        Its arguments.
    caller
        The machine's role.
    cancelled
        Tells that nobody waits for the task any longer.

    Raises
    ------
    ministack.services.stepfunctions._ExecutionError
        With the name that AWS gives the error.
    """
    if resource.startswith(_SDK):
        return _call_sdk(resource.removeprefix(_SDK), request, caller)
    try:
        return _train(request, caller, cancelled, wait=resource.endswith(".sync"))
    except AwsError as error:
        limit = error.code == "ResourceLimitExceeded"
        name = "ResourceLimitExceededException" if limit else "AmazonSageMakerException"
        cause = (
            f"{error.message} (Service: AmazonSageMaker; Status Code: {error.status}; "
            f"Error Code: {error.code}; Proxy: null)"
        )
        raise stepfunctions._ExecutionError(f"SageMaker.{name}", cause) from error


def _train(request: Json, caller: Caller, cancelled: Callable[[], bool], *, wait: bool) -> Json:
    if not wait:
        return service().call("CreateTrainingJob", request, caller)
    name = request["TrainingJobName"]
    tagged = {**request, "Tags": [*request.get("Tags", []), _MANAGED]}
    service().call("CreateTrainingJob", tagged, caller)
    service().wait_for_training_job(name, cancelled)
    if cancelled():
        service().call("StopTrainingJob", {"TrainingJobName": name}, caller)
        raise stepfunctions._ExecutionError("States.Timeout", "The task was cancelled")
    job = service().call("DescribeTrainingJob", {"TrainingJobName": name}, caller)
    told = _with_times("DescribeTrainingJob", job, lambda seconds: round(seconds * 1000))
    if job["TrainingJobStatus"] != "Completed":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(told))
    return told


def _call_sdk(action: str, request: Json, caller: Caller) -> Json:
    operation = action[0].upper() + action[1:]
    try:
        answer = service().call(operation, request, caller)
    except AwsError as error:
        cause = f"{error.message} (Service: SageMaker, Status Code: {error.status})"
        name = _exception(operation, error.code)
        raise stepfunctions._ExecutionError(f"SageMaker.{name}", cause) from error
    return _with_times(operation, answer, _iso)


def _with_times(operation: str, answer: Json, told: Callable[[float], Any]) -> Json:
    """Return an answer with its timestamps as the integration tells them."""
    shape = _model().operation_model(operation).output_shape
    return answer if shape is None else _converted(answer, shape, told)


def _converted(value: Any, shape: Shape, told: Callable[[float], Any]) -> Any:
    if isinstance(shape, StructureShape):
        return {k: _converted(item, shape.members[k], told) for k, item in value.items()}
    if isinstance(shape, ListShape):
        return [_converted(item, shape.member, told) for item in value]
    return told(value) if shape.type_name == "timestamp" else value


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


@cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")


def _exception(operation: str, code: str) -> str:
    """Return the name of the SDK's exception for an error code of an operation."""
    modelled = {shape.name for shape in _model().operation_model(operation).error_shapes}
    if code not in modelled:
        return _UNMODELLED
    return code if code.endswith("Exception") else f"{code}Exception"
