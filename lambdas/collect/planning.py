"""What to collect: a pure function of the inventory and the time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from contract.tasks import CollectedResource
from lambdas.collect.inventory import Execution, Inventory, Resource, ResourceKind

GRACE: Final = timedelta(minutes=15)
"""How long endpoint configs and models outlive their use.

A Promote that is in flight when its execution is aborted runs on and may still
update the live endpoint to them; no Lambda lives longer than 15 minutes. And a
promotion that is verified may send the endpoint back to the config that it has
just left. What belongs to no execution that is known waits as long, since a
new execution is not visible at once.
"""


def plan(inventory: Inventory, now: datetime, *, everything: bool) -> tuple[CollectedResource, ...]:
    """Decide what goes now, and what goes later.

    What the live endpoint needs and what a RUNNING execution owns is kept, and
    not mentioned; with ``everything``, nothing is.

    Returns
    -------
    tuple of CollectedResource
        In the order in which it has to be done: what needs goes before what is
        needed.
    """
    return tuple(_Planner(inventory, now, everything=everything).collect())


@dataclass(frozen=True, slots=True)
class _Planner:
    inventory: Inventory
    now: datetime
    everything: bool

    def collect(self) -> Iterator[CollectedResource]:
        if self.everything:
            yield from self._running_executions()
        for resource in (*self._of_kind("training-job"), *self._of_kind("endpoint")):
            if not self._is_kept(resource):
                yield _end(resource, "its execution has ended")
        if self.everything:
            yield from self._live_endpoint()
        configs = {
            config.name: self._fate(config, self._held_configs())
            for config in self._of_kind("endpoint-config")
        }
        held_models = self._held_models(configs)
        models = [self._fate(model, held_models) for model in self._of_kind("model")]
        yield from (fate for fate in (*configs.values(), *models) if fate is not None)

    def _running_executions(self) -> Iterator[CollectedResource]:
        for execution in self.inventory.executions.values():
            if execution.ended is None:
                yield CollectedResource(
                    kind="execution",
                    name=execution.arn,
                    action="stop",
                    reason="everything is collected",
                )

    def _live_endpoint(self) -> Iterator[CollectedResource]:
        live = self.inventory.live
        if live is not None and live.stack == self.inventory.stack:
            found = Resource(
                kind="endpoint", name=live.name, created=live.changed, status=live.status
            )
            yield _end(found, "everything is collected")

    def _held_configs(self) -> Mapping[str, str | None]:
        """Say why a config that an endpoint needs waits; None for one that is kept."""
        held: dict[str, str | None] = {
            name: f"endpoint {candidate.name} still needs it"
            for candidate in self._of_kind("endpoint")
            for name in candidate.needs
        }
        live = self.inventory.live
        return held | dict.fromkeys(live.configs if live else (), self._held_by_live())

    def _held_models(
        self, configs: Mapping[str, CollectedResource | None]
    ) -> Mapping[str, str | None]:
        """Say why a model that a config needs waits; None for one that is kept."""
        waiting: dict[str, str | None] = {}
        kept: dict[str, str | None] = dict.fromkeys(
            self.inventory.live_models, self._held_by_live()
        )
        for config in self._of_kind("endpoint-config"):
            fate = configs[config.name]
            if fate is None:
                kept |= dict.fromkeys(config.needs)
            elif fate.action == "later":
                reason = f"endpoint config {config.name} still needs it"
                waiting |= dict.fromkeys(config.needs, reason)
        return waiting | kept

    def _held_by_live(self) -> str | None:
        return "the live endpoint still needs it" if self.everything else None

    def _fate(self, resource: Resource, held: Mapping[str, str | None]) -> CollectedResource | None:
        """Decide on a config or a model; None if it is kept."""
        if self._is_kept(resource):
            return None
        if resource.name in held:
            reason = held[resource.name]
            return _collected(resource, "later", reason) if reason else None
        if self.everything:
            return _collected(resource, "delete", "everything is collected")
        if self.now < self._free_from(resource):
            return _collected(resource, "later", f"until {self._free_from(resource):%H:%M:%S} UTC")
        return _collected(resource, "delete", "no endpoint needs it")

    def _is_kept(self, resource: Resource) -> bool:
        """Tell whether a RUNNING execution owns it, or one that is not visible yet may."""
        if self.everything:
            return False
        owner = self._owner(resource)
        if owner is None:
            return self.now < resource.created + GRACE
        return owner.ended is None

    def _free_from(self, resource: Resource) -> datetime:
        owner = self._owner(resource)
        unused = owner.ended if owner and owner.ended else resource.created
        live = self.inventory.live
        return max(unused, live.changed if live else unused) + GRACE

    def _owner(self, resource: Resource) -> Execution | None:
        owner = self.inventory.executions.get(resource.execution or "")
        # An execution's name may come back, and then its ARN is another's.
        return owner if owner and resource.name.startswith(owner.resource) else None

    def _of_kind(self, kind: ResourceKind) -> list[Resource]:
        return [resource for resource in self.inventory.resources if resource.kind == kind]


def _end(resource: Resource, reason: str) -> CollectedResource:
    """Stop a job or delete an endpoint, unless that is under way."""
    if resource.status in ("Stopping", "Deleting"):
        return _collected(resource, "later", f"it is {resource.status}")
    return _collected(resource, "stop" if resource.kind == "training-job" else "delete", reason)


def _collected(
    resource: Resource, action: Literal["delete", "stop", "later"], reason: str
) -> CollectedResource:
    return CollectedResource(kind=resource.kind, name=resource.name, action=action, reason=reason)
