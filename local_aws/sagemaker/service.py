"""The embedded SageMaker as its surroundings see it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from local_aws.platform import AwsError, Caller, Platform
from local_aws.sagemaker.deployment import Deployer
from local_aws.sagemaker.endpoint_configs import EndpointConfigs
from local_aws.sagemaker.endpoints import Endpoints
from local_aws.sagemaker.models import Models
from local_aws.sagemaker.permissions import Permissions
from local_aws.sagemaker.quota import InstanceQuota
from local_aws.sagemaker.resources import Arns
from local_aws.sagemaker.runtime import InvokeResponse, Runtime
from local_aws.sagemaker.shapes import Wire, checked_request, shaped_response
from local_aws.sagemaker.tags import Tags
from local_aws.sagemaker.training_jobs import TrainingJobs

STOP_GRACE: Final = 120.0
"""Seconds that AWS gives a training container to end by itself."""

INSTANCE_QUOTA: Final = 20
"""Instances of one type, for training and for endpoints each."""


class SageMaker:
    """SageMaker's control plane and runtime.

    Parameters
    ----------
    platform
        The AWS around it.
    workdir
        An existing folder for what containers see; only this service writes in it.
    stop_grace
        Seconds that a training container gets between SIGTERM and SIGKILL.
    instance_quota
        The account's limit of instances of one type, for each usage.

    Notes
    -----
    All methods may be called from any thread, and may block: a caller with an
    event loop uses a thread.
    """

    def __init__(
        self,
        platform: Platform,
        workdir: Path,
        *,
        stop_grace: float = STOP_GRACE,
        instance_quota: int = INSTANCE_QUOTA,
    ) -> None:
        arns = Arns(platform.region, platform.account)
        tags = Tags()
        quota = InstanceQuota(instance_quota)
        models = Models(platform, arns, tags)
        configs = EndpointConfigs(arns, tags, models)
        self._permissions = Permissions(platform, arns, tags)
        self._jobs = TrainingJobs(platform, arns, tags, quota, workdir, stop_grace)
        self._endpoints = Endpoints(arns, tags, quota, models, configs, Deployer(platform, workdir))
        self._runtime = Runtime(platform, self._permissions, self._endpoints)
        self._operations: Mapping[str, Callable[[Wire], Wire]] = {
            "CreateTrainingJob": self._jobs.create,
            "DescribeTrainingJob": self._jobs.describe,
            "ListTrainingJobs": self._jobs.list,
            "StopTrainingJob": self._jobs.stop,
            "CreateModel": models.create,
            "DescribeModel": models.describe,
            "ListModels": models.list,
            "DeleteModel": models.delete,
            "CreateEndpointConfig": configs.create,
            "DescribeEndpointConfig": configs.describe,
            "ListEndpointConfigs": configs.list,
            "DeleteEndpointConfig": configs.delete,
            "CreateEndpoint": self._endpoints.create,
            "DescribeEndpoint": self._endpoints.describe,
            "ListEndpoints": self._endpoints.list,
            "UpdateEndpoint": self._endpoints.update,
            "UpdateEndpointWeightsAndCapacities": self._endpoints.resize,
            "DeleteEndpoint": self._endpoints.delete,
            "AddTags": tags.add,
            "ListTags": tags.list,
            "DeleteTags": tags.delete,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations of the control plane that are here."""
        return frozenset(self._operations)

    def call(self, operation: str, request: Mapping[str, Any], caller: Caller) -> Wire:
        """Answer one request to the control plane.

        Parameters
        ----------
        operation
            Its name, e.g. ``CreateModel``.
        request
            Its members as the JSON protocol has them.
        caller
            Who asks.

        Returns
        -------
        dict
            The response as the JSON protocol has it: timestamps are epoch seconds.

        Raises
        ------
        AwsError
            With AWS's code and text.
        """
        if operation not in self._operations:
            raise AwsError(
                "UnknownOperationException",
                f"{operation} is not available in the embedded SageMaker.",
            )
        checked = checked_request(operation, request)
        self._permissions.check(operation, checked, caller)
        return shaped_response(operation, self._operations[operation](checked))

    def invoke_endpoint(
        self, endpoint_name: str, body: bytes, headers: Mapping[str, str], caller: Caller
    ) -> InvokeResponse:
        """Answer InvokeEndpoint; what goes wrong is a response too."""
        return self._runtime.invoke(endpoint_name, body, headers, caller)

    def wait_for_training_job(self, name: str, cancelled: Callable[[], bool]) -> Wire:
        """Wait until a training job is over, and describe it.

        Parameters
        ----------
        name
            The job's name.
        cancelled
            Asked twice a second whether to wait no more, e.g. an event's
            ``is_set``. The job is described as it is then, and runs on.
        """
        return shaped_response("DescribeTrainingJob", self._jobs.wait(name, cancelled))

    def stop(self) -> None:
        """End everything that runs, at once."""
        self._jobs.close()
        self._endpoints.close()
