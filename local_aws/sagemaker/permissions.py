"""What a caller has to be allowed, for each operation."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from local_aws.platform import Caller, Platform
from local_aws.sagemaker.resources import Arns, Kind
from local_aws.sagemaker.tags import Tags, as_mapping

SERVICE: Final = "sagemaker.amazonaws.com"
"""The service principal that roles have to trust."""

_RESOURCES: Final[Mapping[str, tuple[tuple[Kind, str], ...]]] = {
    "CreateTrainingJob": (("training-job", "TrainingJobName"),),
    "DescribeTrainingJob": (("training-job", "TrainingJobName"),),
    "StopTrainingJob": (("training-job", "TrainingJobName"),),
    "CreateModel": (("model", "ModelName"),),
    "DescribeModel": (("model", "ModelName"),),
    "DeleteModel": (("model", "ModelName"),),
    "CreateEndpointConfig": (("endpoint-config", "EndpointConfigName"),),
    "DescribeEndpointConfig": (("endpoint-config", "EndpointConfigName"),),
    "DeleteEndpointConfig": (("endpoint-config", "EndpointConfigName"),),
    "CreateEndpoint": (("endpoint", "EndpointName"), ("endpoint-config", "EndpointConfigName")),
    "UpdateEndpoint": (("endpoint", "EndpointName"), ("endpoint-config", "EndpointConfigName")),
    "UpdateEndpointWeightsAndCapacities": (("endpoint", "EndpointName"),),
    "DescribeEndpoint": (("endpoint", "EndpointName"),),
    "DeleteEndpoint": (("endpoint", "EndpointName"),),
    "InvokeEndpoint": (("endpoint", "EndpointName"),),
}
"""The resources of an operation, by the members that name them; a List is asked for ``*``."""

_PASSED_ROLES: Final = {"CreateTrainingJob": "RoleArn", "CreateModel": "ExecutionRoleArn"}


class Permissions:
    """Asks the platform for everything that AWS asks for before it does an operation."""

    def __init__(self, platform: Platform, arns: Arns, tags: Tags) -> None:
        self._platform = platform
        self._arns = arns
        self._tags = tags

    def check(self, operation: str, request: Mapping[str, Any], caller: Caller) -> None:
        """Check a request that is valid in itself.

        Raises
        ------
        AwsError
            ``AccessDeniedException``, for the first permission that is missing.
        """
        tags = as_mapping(request.get("Tags", ()))
        asked = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
        arns = list(self._resource_arns(operation, request))
        for arn in arns:
            worn = {f"aws:ResourceTag/{k}": v for k, v in self._tags.of(arn).items()}
            self._platform.authorize(caller, f"sagemaker:{operation}", arn, asked | worn)
        if tags and operation != "AddTags":
            self._platform.authorize(caller, "sagemaker:AddTags", arns[0], asked)
        role = request.get(_PASSED_ROLES.get(operation, ""))
        if role is not None:
            self._platform.authorize(caller, "iam:PassRole", role, {"iam:PassedToService": SERVICE})

    def _resource_arns(self, operation: str, request: Mapping[str, Any]) -> Iterator[str]:
        if "ResourceArn" in request:
            yield request["ResourceArn"].lower()
            return
        if operation not in _RESOURCES:
            yield "*"
            return
        for kind, member in _RESOURCES[operation]:
            yield self._arns.of(kind, request[member])
