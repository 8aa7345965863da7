"""Collect by reachability: read what there is, decide, do it.

A call never waits: what SageMaker does not let go of yet, the next call takes.

Permissions: ``sagemaker:ListTrainingJobs``, ``ListEndpoints``,
``ListEndpointConfigs`` and ``ListModels`` (which know no resource); on the
stack's own names and on the live endpoint ``sagemaker:ListTags``,
``DescribeEndpoint``, ``DescribeEndpointConfig``, ``StopTrainingJob``,
``DeleteEndpoint``, ``DeleteEndpointConfig`` and ``DeleteModel``; on the state
machine ``states:ListExecutions``, on its executions
``states:DescribeExecution`` and ``states:StopExecution``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from contract.tasks import CollectedResource, CollectEvent, CollectResult
from lambdas.collect.inventory import Inventory, Surveyor
from lambdas.collect.planning import plan
from lambdas.observability import logger
from lambdas.sagemaker_errors import is_busy, is_missing, is_over


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects what belongs to one stack."""

    surveyor: Surveyor

    def collect(self, event: CollectEvent) -> CollectResult:
        """Do all that can be done now.

        Parameters
        ----------
        event
            ``everything``: also what is in use, as at the end of the stack.
            ``dry_run``: only say what would be done.
        """
        inventory = self.surveyor.survey()
        planned = plan(inventory, datetime.now(UTC), everything=event.everything)
        if event.dry_run:
            return CollectResult(resources=planned)
        done = [
            self._act(item)
            for item in planned
            if event.everything or not self._is_owned_again(inventory, item)
        ]
        for item in done:
            logger.info(item.reason, action=item.action, kind=item.kind, resource=item.name)
        return CollectResult(resources=tuple(done))

    def _is_owned_again(self, inventory: Inventory, item: CollectedResource) -> bool:
        """Read once more who owns it: an execution may have been redriven meanwhile."""
        owners = {r.execution for r in inventory.resources if r.name == item.name and r.execution}
        found = [self.surveyor.execution(arn) for arn in sorted(owners)]
        return any(
            execution.ended is None and item.name.startswith(execution.resource)
            for execution in found
            if execution
        )

    def _act(self, item: CollectedResource) -> CollectedResource:
        if item.action == "later":
            return item
        try:
            self._end(item)
        except ClientError as error:
            if is_busy(error):
                return item.model_copy(update={"action": "later", "reason": str(error)})
            if not is_missing(error) and not is_over(error):
                raise
        return item

    def _end(self, item: CollectedResource) -> None:
        sagemaker = self.surveyor.sagemaker
        match item.kind:
            case "execution":
                self.surveyor.step_functions.stop_execution(
                    executionArn=item.name, cause="The stack is deleted."
                )
            case "training-job":
                sagemaker.stop_training_job(TrainingJobName=item.name)
            case "endpoint":
                sagemaker.delete_endpoint(EndpointName=item.name)
            case "endpoint-config":
                sagemaker.delete_endpoint_config(EndpointConfigName=item.name)
            case "model":
                sagemaker.delete_model(ModelName=item.name)
