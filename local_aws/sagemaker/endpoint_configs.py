"""Endpoint configs: which model an endpoint serves, and on what."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from local_aws.sagemaker.listing import Entry, page
from local_aws.sagemaker.models import Models
from local_aws.sagemaker.resources import Arns, Collection, unavailable
from local_aws.sagemaker.shapes import Wire, echo
from local_aws.sagemaker.tags import Tags

_HONOURED: Final = {"EndpointConfigName", "ProductionVariants", "Tags", "KmsKeyId"}
_HONOURED_OF_VARIANT: Final = {
    "VariantName",
    "ModelName",
    "InitialInstanceCount",
    "InstanceType",
    "InitialVariantWeight",
    "VolumeSizeInGB",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
}


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """An endpoint config as it was created. It never changes."""

    request: Wire
    arn: str
    created: datetime

    @property
    def name(self) -> str:
        """The config's name, as it was given."""
        return self.request["EndpointConfigName"]

    @property
    def variant(self) -> Wire:
        """The one production variant."""
        return self.request["ProductionVariants"][0]


class EndpointConfigs:
    """Creates, describes, lists and deletes endpoint configs."""

    def __init__(self, arns: Arns, tags: Tags, models: Models) -> None:
        self._tags = tags
        self._models = models
        self._configs: Collection[EndpointConfig] = Collection("endpoint-config", arns)

    def create(self, request: Wire) -> Wire:
        """Answer CreateEndpointConfig."""
        _check_available(request)
        name = request["EndpointConfigName"]
        config = EndpointConfig(request, self._configs.arn(name), datetime.now(UTC))
        with self._configs.lock:
            self._configs.check_absent(name)
            self._models.get(config.variant["ModelName"])
            self._configs.add(name, config)
            self._tags.enter(config.arn, request)
        return {"EndpointConfigArn": config.arn}

    def describe(self, request: Wire) -> dict[str, Any]:
        """Answer DescribeEndpointConfig."""
        config = self._configs.get(request["EndpointConfigName"])
        return {
            **echo("DescribeEndpointConfig", config.request),
            "EndpointConfigArn": config.arn,
            "CreationTime": config.created,
        }

    def list(self, request: Wire) -> Wire:
        """Answer ListEndpointConfigs."""
        return page(request, map(_entry, self._configs), "EndpointConfigs", order="Descending")

    def delete(self, request: Wire) -> Wire:
        """Answer DeleteEndpointConfig. An endpoint on it serves on, and cannot be updated."""
        self._configs.remove(request["EndpointConfigName"])
        self._tags.drop(self._configs.arn(request["EndpointConfigName"]))
        return {}

    def get(self, name: str) -> EndpointConfig:
        """Return a config that has to be there."""
        return self._configs.get(name)


def _entry(config: EndpointConfig) -> Entry:
    summary: Wire = {
        "EndpointConfigName": config.name,
        "EndpointConfigArn": config.arn,
        "CreationTime": config.created,
    }
    return Entry(config.name, config.created, summary)


def _check_available(request: Wire) -> None:
    variants = request["ProductionVariants"]
    if len(variants) != 1:
        raise unavailable("more than one production variant")
    for given, honoured in ((request, _HONOURED), (variants[0], _HONOURED_OF_VARIANT)):
        unknown = sorted(name for name in given.keys() - honoured if given[name])
        if unknown:
            raise unavailable(unknown[0])
    for member in ("ModelName", "InstanceType", "InitialInstanceCount"):
        if member not in variants[0]:
            raise unavailable(f"a production variant without {member}")
