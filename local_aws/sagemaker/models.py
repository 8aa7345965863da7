"""Models: an image, an artifact and the role that may read it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from local_aws.platform import AwsError, Platform
from local_aws.sagemaker.images import program
from local_aws.sagemaker.listing import Entry, page
from local_aws.sagemaker.passed_role import PassedRole, distrusts
from local_aws.sagemaker.permissions import SERVICE
from local_aws.sagemaker.resources import Arns, Collection, invalid, unavailable
from local_aws.sagemaker.shapes import Wire, echo
from local_aws.sagemaker.storage import StorageError, split_uri
from local_aws.sagemaker.tags import Tags

_HONOURED: Final = {
    "ModelName",
    "PrimaryContainer",
    "ExecutionRoleArn",
    "Tags",
    "EnableNetworkIsolation",
}
_HONOURED_OF_CONTAINER: Final = {
    "ContainerHostname",
    "Image",
    "Mode",
    "ModelDataUrl",
    "Environment",
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it was created. It never changes."""

    request: Wire
    arn: str
    created: datetime

    @property
    def name(self) -> str:
        """The model's name, as it was given."""
        return self.request["ModelName"]

    @property
    def role_arn(self) -> str:
        """The role that reads the artifact and writes the log."""
        return self.request["ExecutionRoleArn"]

    @property
    def image(self) -> str:
        """The container image."""
        return self.request["PrimaryContainer"]["Image"]

    @property
    def data_url(self) -> str:
        """The artifact's S3 URI."""
        return self.request["PrimaryContainer"]["ModelDataUrl"]

    @property
    def environment(self) -> dict[str, str]:
        """What is set in the container."""
        return self.request["PrimaryContainer"].get("Environment", {})


class Models:
    """Creates, describes, lists and deletes models."""

    def __init__(self, platform: Platform, arns: Arns, tags: Tags) -> None:
        self._platform = platform
        self._tags = tags
        self._models: Collection[Model] = Collection("model", arns)

    def create(self, request: Wire) -> Wire:
        """Answer CreateModel."""
        _check_available(request)
        model = Model(request, self._models.arn(request["ModelName"]), datetime.now(UTC))
        with self._models.lock:
            self._models.check_absent(model.name)
        self._check_artifact(model)
        with self._models.lock:
            self._models.add(model.name, model)
            self._tags.enter(model.arn, request)
        return {"ModelArn": model.arn}

    def describe(self, request: Wire) -> dict[str, Any]:
        """Answer DescribeModel."""
        model = self._models.get(request["ModelName"])
        return {
            **echo("DescribeModel", model.request),
            "ModelArn": model.arn,
            "CreationTime": model.created,
        }

    def list(self, request: Wire) -> Wire:
        """Answer ListModels."""
        return page(request, map(_entry, self._models), "Models", order="Descending")

    def delete(self, request: Wire) -> Wire:
        """Answer DeleteModel. AWS lets a model go that an endpoint config names."""
        self._models.remove(request["ModelName"])
        self._tags.drop(self._models.arn(request["ModelName"]))
        return {}

    def get(self, name: str) -> Model:
        """Return a model that has to be there."""
        return self._models.get(name)

    def _check_artifact(self, model: Model) -> None:
        try:
            role = PassedRole(self._platform, model.role_arn)
        except AwsError as error:
            raise invalid(distrusts(model.role_arn)) from error
        try:
            role.storage().check_object(model.data_url)
        except StorageError as error:
            if error.missing:
                raise invalid(f"Could not find model data at {model.data_url}.") from error
            raise invalid(
                f"Could not access model data at {model.data_url}. Please ensure that the role "
                f'"{model.role_arn}" exists and that its trust relationship policy allows the '
                f'action "sts:AssumeRole" for the service principal "{SERVICE}". Also ensure that '
                'the role has "s3:GetObject" permissions and that the object is located in '
                f"{self._platform.region}."
            ) from error


def _entry(model: Model) -> Entry:
    summary: Wire = {
        "ModelName": model.name,
        "ModelArn": model.arn,
        "CreationTime": model.created,
    }
    return Entry(model.name, model.created, summary)


def _check_available(request: Wire) -> None:
    container: Wire = request.get("PrimaryContainer", {})
    for given, honoured in ((request, _HONOURED), (container, _HONOURED_OF_CONTAINER)):
        unknown = sorted(name for name in given.keys() - honoured if given[name])
        if unknown:
            raise unavailable(unknown[0])
    for given, member in (
        (request, "ExecutionRoleArn"),
        (container, "Image"),
        (container, "ModelDataUrl"),
    ):
        if not given.get(member):
            raise unavailable(f"a model without {member}")
    if container.get("Mode", "SingleModel") != "SingleModel":
        raise unavailable(f"Mode {container['Mode']}")
    program(container["Image"])
    split_uri(container["ModelDataUrl"])
