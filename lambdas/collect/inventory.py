"""What there is of the stack in SageMaker, and whose it is.

A resource is the stack's if its name begins with the stack's hash and its tag
says so too. Its execution is the one that its other tag names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from contract.names import EXECUTION_TAG, STACK_TAG, ExecutionNames
from lambdas.endpoints import Endpoint, describe_endpoint, read_tags
from lambdas.objects import error_code
from lambdas.sagemaker_errors import is_missing

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_stepfunctions import SFNClient

ResourceKind = Literal["training-job", "endpoint", "endpoint-config", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A training job, a candidate, an endpoint config or a model.

    Attributes
    ----------
    status
        Of a training job or an endpoint; empty for what has none.
    execution
        The ARN of the execution that created it; None if its tag is missing.
    needs
        The configs of an endpoint, the models of a config.
    """

    kind: ResourceKind
    name: str
    created: datetime
    status: str = ""
    execution: str | None = None
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """An execution of the pipeline.

    Attributes
    ----------
    resource
        What the names of its resources begin with.
    ended
        When it ended; None while it is RUNNING, also again after a redrive.
    """

    arn: str
    resource: str
    ended: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that there is.

    Attributes
    ----------
    live
        The live endpoint, whoever owns it; None if there is none.
    live_models
        The models of its configs. Where somebody has given it a config of
        their own, which this stack may not read, any model may be in it: all.
    executions
        By ARN: those that the resources name, and those that are RUNNING.
        Executions that Step Functions has forgotten are not in it.
    """

    stack: str
    live: Endpoint | None
    live_models: frozenset[str]
    resources: tuple[Resource, ...]
    executions: Mapping[str, Execution]


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Reads the inventory of one stack."""

    sagemaker: "SageMakerClient"
    step_functions: "SFNClient"
    stack: str
    live_endpoint: str
    state_machine: str

    def survey(self) -> Inventory:
        """Read all that there is now: first the resources, then who needs them."""
        resources = tuple(self._resources())
        named = {resource.execution for resource in resources if resource.execution}
        executions = [self.execution(arn) for arn in sorted(named | set(self._running()))]
        live = describe_endpoint(self.sagemaker, self.live_endpoint)
        return Inventory(
            stack=self.stack,
            live=live,
            live_models=self._live_models(live, resources),
            resources=resources,
            executions={found.arn: found for found in executions if found},
        )

    def execution(self, arn: str) -> Execution | None:
        """Return an execution as it is now; None if Step Functions does not know it (any more)."""
        if not arn.startswith(self.state_machine.replace(":stateMachine:", ":execution:") + ":"):
            return None  # of a machine that this stack had before
        try:
            found = self.step_functions.describe_execution(executionArn=arn)
        except ClientError as error:
            if error_code(error) == "ExecutionDoesNotExist":
                return None
            raise
        names = ExecutionNames.of(
            stack_hash=self.stack,
            execution_arn=arn,
            execution_name=found.get("name", ""),
            start_time=found["startDate"],
        )
        # An execution that is redriven keeps its last stop date.
        ended = None if found["status"] == "RUNNING" else found.get("stopDate")
        return Execution(arn=arn, resource=names.resource, ended=ended)

    def _live_models(self, live: Endpoint | None, resources: Sequence[Resource]) -> frozenset[str]:
        configs = live.configs if live else frozenset[str]()
        foreign = [name for name in configs if not name.startswith(self._prefix)]
        if live and live.stack == self.stack and foreign:
            return frozenset(one.name for one in resources if one.kind == "model")
        return frozenset[str]().union(*(self._models(name) for name in configs - {*foreign}))

    def _running(self) -> Iterator[str]:
        pages = self.step_functions.get_paginator("list_executions").paginate(
            stateMachineArn=self.state_machine, statusFilter="RUNNING"
        )
        return (item["executionArn"] for page in pages for item in page["executions"])

    def _resources(self) -> Iterator[Resource]:
        yield from self._training_jobs("InProgress")
        yield from self._training_jobs("Stopping")
        yield from self._candidates()
        yield from self._endpoint_configs()
        yield from self._models_of_the_stack()

    def _training_jobs(self, status: Literal["InProgress", "Stopping"]) -> Iterator[Resource]:
        pages = self.sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=self._prefix, StatusEquals=status
        )
        for found in (job for page in pages for job in page["TrainingJobSummaries"]):
            name, arn = found["TrainingJobName"], found["TrainingJobArn"]
            yield from self._owned(
                "training-job", name, arn, found["CreationTime"], found["TrainingJobStatus"]
            )

    def _candidates(self) -> Iterator[Resource]:
        pages = self.sagemaker.get_paginator("list_endpoints").paginate(NameContains=self._prefix)
        for found in (endpoint for page in pages for endpoint in page["Endpoints"]):
            name, arn = found["EndpointName"], found["EndpointArn"]
            for owned in self._owned("endpoint", name, arn, found["CreationTime"]):
                now = describe_endpoint(self.sagemaker, name)
                if now is not None:
                    yield replace(owned, status=now.status, needs=now.configs)

    def _endpoint_configs(self) -> Iterator[Resource]:
        pages = self.sagemaker.get_paginator("list_endpoint_configs").paginate(
            NameContains=self._prefix
        )
        for found in (config for page in pages for config in page["EndpointConfigs"]):
            name, arn = found["EndpointConfigName"], found["EndpointConfigArn"]
            for owned in self._owned("endpoint-config", name, arn, found["CreationTime"]):
                yield replace(owned, needs=self._models(name))

    def _models_of_the_stack(self) -> Iterator[Resource]:
        pages = self.sagemaker.get_paginator("list_models").paginate(NameContains=self._prefix)
        for found in (model for page in pages for model in page["Models"]):
            name, arn = found["ModelName"], found["ModelArn"]
            yield from self._owned("model", name, arn, found["CreationTime"])

    def _owned(
        self, kind: ResourceKind, name: str, arn: str, created: datetime, status: str = ""
    ) -> Iterator[Resource]:
        """Yield the resource if it is this stack's: SageMaker lists by what a name contains."""
        if not name.startswith(self._prefix):
            return
        tags = read_tags(self.sagemaker, arn)
        if tags.get(STACK_TAG) == self.stack:
            execution = tags.get(EXECUTION_TAG)
            yield Resource(
                kind=kind, name=name, created=created, status=status, execution=execution
            )

    def _models(self, config: str) -> frozenset[str]:
        try:
            found = self.sagemaker.describe_endpoint_config(EndpointConfigName=config)
        except ClientError as error:
            if is_missing(error):
                return frozenset()
            raise
        variants = found["ProductionVariants"]
        return frozenset(v["ModelName"] for v in variants if "ModelName" in v)

    @property
    def _prefix(self) -> str:
        return f"{self.stack}-"
