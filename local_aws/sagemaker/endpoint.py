"""What is known of an endpoint: its status, what it serves, and what is arriving."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Final, Literal

from local_aws.sagemaker.endpoint_configs import EndpointConfig
from local_aws.sagemaker.listing import Entry
from local_aws.sagemaker.models import Model
from local_aws.sagemaker.resources import invalid
from local_aws.sagemaker.server import Server
from local_aws.sagemaker.shapes import Wire

Status = Literal["Creating", "Updating", "InService", "Deleting", "Failed"]

_CHANGING: Final = {"Creating", "Updating", "Deleting"}
_LONGEST_REASON: Final = 1024


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is deployed, or being deployed: instances are counted, one server stands for them."""

    config: EndpointConfig
    model: Model
    instances: int
    weight: float
    since: datetime

    @property
    def instance_type(self) -> str:
        """The instances' type."""
        return self.config.variant["InstanceType"]

    def current(self) -> Wire:
        """Return the summary of a production variant that serves."""
        image = self.model.image
        return {
            "VariantName": self.config.variant["VariantName"],
            "DeployedImages": [
                {
                    "SpecifiedImage": image,
                    "ResolvedImage": image,
                    "ResolutionTime": self.since,
                }
            ],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.weight,
            "CurrentInstanceCount": self.instances,
            "DesiredInstanceCount": self.instances,
        }

    def pending(self) -> Wire:
        """Return the summary of a deployment in progress."""
        variant: Wire = {
            "VariantName": self.config.variant["VariantName"],
            "DesiredWeight": self.weight,
            "DesiredInstanceCount": self.instances,
            "CurrentInstanceCount": 0,
            "InstanceType": self.instance_type,
            "VariantStatus": [{"Status": "Creating", "StartTime": self.since}],
        }
        return {
            "EndpointConfigName": self.config.name,
            "ProductionVariants": [variant],
            "StartTime": self.since,
        }


class Endpoint:
    """The state of one endpoint. Safe to use from any thread."""

    def __init__(self, name: str, arn: str, first: Fleet) -> None:
        self.name = name
        self.arn = arn
        self._lock = RLock()
        self._status: Status = "Creating"
        self._created = self._modified = datetime.now(UTC)
        self._fleet: Fleet | None = None
        self._server: Server | None = None
        self._pending: Fleet | None = first
        self._first_config = first.config.name
        self._reason: str | None = None

    @property
    def fleet(self) -> Fleet | None:
        """What serves."""
        with self._lock:
            return self._fleet

    @contextmanager
    def serving(self) -> Generator[tuple[Server, Fleet] | None]:
        """Hold the server of this moment, and tell what it serves; None if nothing does.

        It is held under the lock under which it is switched, so that nobody
        is left with a server that was retired meanwhile.
        """
        with self._lock:
            server, fleet = self._server, self._fleet
            if server is not None:
                server.hold()
        try:
            yield (server, fleet) if server is not None and fleet is not None else None
        finally:
            if server is not None:
                server.release()

    def begin_update(self, fleet: Fleet) -> None:
        """Begin to deploy another fleet.

        Raises
        ------
        AwsError
            ``ValidationException`` if the endpoint is changing, or has failed.
        """
        with self._lock:
            self._check_settled()
            if self._status == "Failed":
                raise invalid(f'Cannot update failed endpoint "{self.arn}".')
            self._pending = fleet
            self._move("Updating")

    def switch(self, server: Server) -> Server | None:
        """Serve the fleet that was pending, and return the server that did until now."""
        with self._lock:
            replaced, self._server = self._server, server
            self._fleet, self._pending = self._pending, None
            self._move("InService")
            return replaced

    def resize(self) -> None:
        """Take the pending fleet's counts and weights: the model stays the same."""
        with self._lock:
            self._fleet, self._pending = self._pending, None
            self._move("InService")

    def give_up(self, reason: str) -> None:
        """End a deployment that failed: fail, or go on with what served before."""
        with self._lock:
            self._pending = None
            if self._server is None:
                self._reason = reason[:_LONGEST_REASON]
                self._move("Failed")
            else:
                self._move("InService")

    def begin_delete(self) -> None:
        """Begin to delete the endpoint.

        Raises
        ------
        AwsError
            ``ValidationException`` if it is changing.
        """
        with self._lock:
            self._check_settled()
            self._move("Deleting")

    def take_server(self) -> Server | None:
        """Serve no more, and return the server that did."""
        with self._lock:
            server, self._server = self._server, None
            return server

    def describe(self) -> dict[str, Any]:
        """Return the response of DescribeEndpoint."""
        with self._lock:
            fleet, pending = self._fleet, self._pending
            return {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "EndpointConfigName": fleet.config.name if fleet else self._first_config,
                "ProductionVariants": [fleet.current()] if fleet else None,
                "EndpointStatus": self._status,
                "FailureReason": self._reason,
                "CreationTime": self._created,
                "LastModifiedTime": self._modified,
                "PendingDeploymentSummary": pending.pending() if pending else None,
            }

    def entry(self) -> Entry:
        """Return the endpoint as ListEndpoints shows it."""
        with self._lock:
            summary: Wire = {
                "EndpointName": self.name,
                "EndpointArn": self.arn,
                "CreationTime": self._created,
                "LastModifiedTime": self._modified,
                "EndpointStatus": self._status,
            }
            return Entry(self.name, self._created, summary, self._modified, self._status)

    def _check_settled(self) -> None:
        if self._status in _CHANGING:
            raise invalid(f'Cannot update in-progress endpoint "{self.arn}".')

    def _move(self, status: Status) -> None:
        self._status = status
        self._modified = datetime.now(UTC)
