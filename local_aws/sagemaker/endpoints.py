"""The control plane of endpoints."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import Any, Final

from local_aws.platform import AwsError
from local_aws.sagemaker.deployment import Deployer, DeploymentError
from local_aws.sagemaker.endpoint import Endpoint, Fleet
from local_aws.sagemaker.endpoint_configs import EndpointConfig, EndpointConfigs
from local_aws.sagemaker.listing import page
from local_aws.sagemaker.models import Models
from local_aws.sagemaker.quota import InstanceQuota, Usage
from local_aws.sagemaker.resources import Arns, Collection, invalid, unavailable
from local_aws.sagemaker.shapes import Wire
from local_aws.sagemaker.tags import Tags

_USAGE: Final[Usage] = "endpoint usage"
_CLOSE_SECONDS: Final = 10.0


class Endpoints:
    """Creates, describes, lists, updates and deletes endpoints."""

    def __init__(
        self,
        arns: Arns,
        tags: Tags,
        quota: InstanceQuota,
        models: Models,
        configs: EndpointConfigs,
        deployer: Deployer,
    ) -> None:
        self._tags = tags
        self._quota = quota
        self._models = models
        self._configs = configs
        self._deployer = deployer
        self._endpoints: Collection[Endpoint] = Collection("endpoint", arns)
        self._work: list[Thread] = []

    def create(self, request: Wire) -> Wire:
        """Answer CreateEndpoint."""
        _refuse_deployment_config(request)
        name = request["EndpointName"]
        with self._endpoints.lock:
            self._endpoints.check_absent(name)
            fleet = self._fleet(self._configs.get(request["EndpointConfigName"]))
            self._take(fleet)
            endpoint = Endpoint(name, self._endpoints.arn(name), fleet)
            self._endpoints.add(name, endpoint)
            self._tags.enter(endpoint.arn, request)
        self._in_background(lambda: self._deploy(endpoint, fleet))
        return {"EndpointArn": endpoint.arn}

    def update(self, request: Wire) -> Wire:
        """Answer UpdateEndpoint."""
        _refuse_deployment_config(request)
        with self._endpoints.lock:
            endpoint = self._endpoints.get(request["EndpointName"])
            fleet = self._fleet(self._configs.get(request["EndpointConfigName"]))
            if (current := endpoint.fleet) is not None:
                # AWS cannot update what runs on a config that was deleted.
                self._configs.get(current.config.name)
            fleet = _retained(fleet, current, request)
            self._take_for(endpoint, fleet, fleet.instances)
        self._in_background(lambda: self._deploy(endpoint, fleet))
        return {"EndpointArn": endpoint.arn}

    def resize(self, request: Wire) -> Wire:
        """Answer UpdateEndpointWeightsAndCapacities."""
        with self._endpoints.lock:
            endpoint = self._endpoints.get(request["EndpointName"])
            fleet = endpoint.fleet
            if fleet is None:
                raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
            resized = _resized(fleet, request["DesiredWeightsAndCapacities"])
            self._take_for(endpoint, resized, resized.instances - fleet.instances)
        self._in_background(endpoint.resize)
        return {"EndpointArn": endpoint.arn}

    def delete(self, request: Wire) -> Wire:
        """Answer DeleteEndpoint."""
        endpoint = self._endpoints.get(request["EndpointName"])
        endpoint.begin_delete()
        self._in_background(lambda: self._remove(endpoint))
        return {}

    def describe(self, request: Wire) -> dict[str, Any]:
        """Answer DescribeEndpoint."""
        return self._endpoints.get(request["EndpointName"]).describe()

    def list(self, request: Wire) -> Wire:
        """Answer ListEndpoints."""
        entries = (endpoint.entry() for endpoint in self._endpoints)
        return page(request, entries, "Endpoints", order="Descending")

    def find(self, name: str) -> Endpoint | None:
        """Return an endpoint, or None if there is none."""
        return self._endpoints.find(name)

    def close(self) -> None:
        """Give up what is under way, and stop all servers at once."""
        self._deployer.closed.set()
        for thread in self._work:
            thread.join(_CLOSE_SECONDS)
        for endpoint in self._endpoints:
            if (server := endpoint.take_server()) is not None:
                server.retire(drain_seconds=0)

    def _fleet(self, config: EndpointConfig) -> Fleet:
        variant = config.variant
        return Fleet(
            config=config,
            model=self._models.get(variant["ModelName"]),
            instances=variant["InitialInstanceCount"],
            weight=variant.get("InitialVariantWeight", 1.0),
            since=datetime.now(UTC),
        )

    def _deploy(self, endpoint: Endpoint, fleet: Fleet) -> None:
        replaced = endpoint.fleet
        try:
            server = self._deployer.deploy(endpoint.name, fleet.config, fleet.model)
        except DeploymentError as error:
            endpoint.give_up(str(error))
            self._give_back(fleet)
            return
        except Exception as error:
            endpoint.give_up(f"InternalServerError: {type(error).__name__}: {error}")
            self._give_back(fleet)
            raise
        old = endpoint.switch(server)
        if old is not None and replaced is not None:
            old.retire()
            self._give_back(replaced)

    def _remove(self, endpoint: Endpoint) -> None:
        fleet = endpoint.fleet
        server = endpoint.take_server()
        if server is not None and fleet is not None:
            server.retire()
            self._give_back(fleet)
        self._endpoints.remove(endpoint.name)
        self._tags.drop(endpoint.arn)

    def _in_background(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        with self._endpoints.lock:
            self._work = [*(other for other in self._work if other.is_alive()), thread]
            thread.start()

    def _take_for(self, endpoint: Endpoint, fleet: Fleet, instances: int) -> None:
        """Take the instances that an update needs, and begin it; none are kept if it may not."""
        self._quota.take(fleet.instance_type, _USAGE, instances)
        try:
            endpoint.begin_update(fleet)
        except AwsError:
            self._quota.give_back(fleet.instance_type, _USAGE, instances)
            raise

    def _take(self, fleet: Fleet) -> None:
        self._quota.take(fleet.instance_type, _USAGE, fleet.instances)

    def _give_back(self, fleet: Fleet) -> None:
        self._quota.give_back(fleet.instance_type, _USAGE, fleet.instances)


def _retained(fleet: Fleet, current: Fleet | None, request: Wire) -> Fleet:
    """Keep the properties that the current variant of the same name has, if that is asked for."""
    if current is None or not request.get("RetainAllVariantProperties", False):
        return fleet
    if current.config.variant["VariantName"] != fleet.config.variant["VariantName"]:
        return fleet
    excluded = {
        excluded["VariantPropertyType"]
        for excluded in request.get("ExcludeRetainedVariantProperties", ())
    }
    if "DesiredInstanceCount" not in excluded:
        fleet = replace(fleet, instances=current.instances)
    if "DesiredWeight" not in excluded:
        fleet = replace(fleet, weight=current.weight)
    return fleet


def _resized(fleet: Fleet, desired: list[Wire]) -> Fleet:
    name = fleet.config.variant["VariantName"]
    for variant in desired:
        if variant["VariantName"] != name:
            raise invalid(f'Could not find variant "{variant["VariantName"]}".')
        if variant.get("ServerlessUpdateConfig"):
            raise unavailable("ServerlessUpdateConfig")
        fleet = replace(
            fleet,
            instances=variant.get("DesiredInstanceCount", fleet.instances),
            weight=variant.get("DesiredWeight", fleet.weight),
        )
    return fleet


def _refuse_deployment_config(request: Wire) -> None:
    if request.get("DeploymentConfig"):
        raise unavailable("DeploymentConfig")
