"""The control plane of training jobs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from local_aws.platform import AwsError, Platform
from local_aws.sagemaker.channels import channels
from local_aws.sagemaker.images import program
from local_aws.sagemaker.listing import page
from local_aws.sagemaker.passed_role import PassedRole
from local_aws.sagemaker.permissions import SERVICE
from local_aws.sagemaker.quota import InstanceQuota, Usage
from local_aws.sagemaker.resources import Arns, Collection, invalid, unavailable
from local_aws.sagemaker.shapes import Wire
from local_aws.sagemaker.storage import split_uri
from local_aws.sagemaker.tags import Tags
from local_aws.sagemaker.training_record import TrainingRecord
from local_aws.sagemaker.training_run import TrainingRun

_USAGE: Final[Usage] = "training job usage"
_DEFAULT_MAX_RUNTIME: Final = 86_400
_HONOURED: Final = {
    "TrainingJobName",
    "HyperParameters",
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "Tags",
    "Environment",
    # There is always an instance, and nothing takes it away:
    "EnableManagedSpotTraining",
    "RetryStrategy",
    # Linear Learner writes no checkpoints:
    "CheckpointConfig",
    # They change nothing for a built-in algorithm on one host without a network:
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "EnableInterContainerTrafficEncryption",
    "EnableNetworkIsolation",
    "ExperimentConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
}
"""The members of CreateTrainingJob that do what they do on AWS, or may be left undone."""


class TrainingJobs:
    """Creates, describes, lists and stops training jobs."""

    def __init__(
        self,
        platform: Platform,
        arns: Arns,
        tags: Tags,
        quota: InstanceQuota,
        workdir: Path,
        grace: float,
    ) -> None:
        self._platform = platform
        self._tags = tags
        self._quota = quota
        self._workdir = workdir
        self._grace = grace
        self._records: Collection[TrainingRecord] = Collection("training-job", arns)
        self._runs: list[TrainingRun] = []

    def create(self, request: Wire) -> Wire:
        """Answer CreateTrainingJob."""
        _check_available(request)
        limit = {"MaxRuntimeInSeconds": _DEFAULT_MAX_RUNTIME} | request.get("StoppingCondition", {})
        request = {**request, "StoppingCondition": limit}
        arn = self._records.arn(request["TrainingJobName"])
        with self._records.lock:
            self._records.check_absent(request["TrainingJobName"])
        role = self._assume(request["RoleArn"])
        self._check_input(request, role)
        resources = request["ResourceConfig"]
        record = TrainingRecord(request, arn)
        with self._records.lock:
            self._records.check_absent(record.name)
            self._quota.take(resources["InstanceType"], _USAGE, resources["InstanceCount"])
            self._records.add(record.name, record)
            self._tags.enter(arn, request)
        self._start(record, role)
        return {"TrainingJobArn": arn}

    def describe(self, request: Wire) -> Wire:
        """Answer DescribeTrainingJob."""
        return self._records.get(request["TrainingJobName"]).describe()

    def list(self, request: Wire) -> Wire:
        """Answer ListTrainingJobs."""
        for filter_ in ("WarmPoolStatusEquals", "TrainingPlanArnEquals"):
            if filter_ in request:
                raise unavailable(filter_)
        entries = (record.entry() for record in self._records)
        return page(request, entries, "TrainingJobSummaries", order="Ascending")

    def stop(self, request: Wire) -> Wire:
        """Answer StopTrainingJob."""
        record = self._records.find(request["TrainingJobName"])
        if record is None:
            raise AwsError("ResourceNotFound", "Requested resource not found.")
        record.request_stop()
        return {}

    def wait(self, name: str, cancelled: Callable[[], bool]) -> Wire:
        """Wait for a job's end, and describe it."""
        record = self._records.get(name)
        record.wait(cancelled)
        return record.describe()

    def close(self) -> None:
        """Stop all jobs at once and wait until they are gone."""
        for run in self._runs:
            run.close()

    def _start(self, record: TrainingRecord, role: PassedRole) -> None:
        resources = record.request["ResourceConfig"]
        instances = resources["InstanceType"], _USAGE, resources["InstanceCount"]
        run = TrainingRun(
            record,
            role,
            Path(mkdtemp(prefix=f"{record.name}-", dir=self._workdir)),
            self._grace,
            partial(self._quota.give_back, *instances),
        )
        with self._records.lock:
            self._runs = [*(other for other in self._runs if other.running), run]
            run.start()

    def _assume(self, role_arn: str) -> PassedRole:
        try:
            return PassedRole(self._platform, role_arn)
        except AwsError as error:
            raise invalid(
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
                f"principal '{SERVICE}' to assume the role."
            ) from error

    def _check_input(self, request: Wire, role: PassedRole) -> None:
        """Refuse, as AWS does at once, a channel in which the role can list no object."""
        storage = role.storage()
        for channel in channels(request):
            if not storage.has_objects(channel.uri):
                bucket, _ = split_uri(channel.uri)
                raise invalid(
                    f'No S3 objects found under S3 URL "{channel.uri}" given in input data source. '
                    "Please ensure that the bucket exists in the selected region "
                    f"({self._platform.region}), that objects exist under that S3 prefix, and "
                    f'that the role "{request["RoleArn"]}" has "s3:ListBucket" permissions on '
                    f'bucket "{bucket}".'
                )


def _check_available(request: Wire) -> None:
    """Refuse what this service cannot do, instead of doing something else."""
    unknown = sorted(name for name in request.keys() - _HONOURED if request[name])
    if unknown:
        raise unavailable(unknown[0])
    _check_algorithm(request["AlgorithmSpecification"])
    split_uri(request["OutputDataConfig"]["S3OutputPath"])
    if request["OutputDataConfig"].get("CompressionType", "GZIP") != "GZIP":
        raise unavailable("OutputDataConfig.CompressionType NONE")
    _check_resources(request.get("ResourceConfig", {}))
    _check_waiting(request)
    channels(request)


def _check_algorithm(algorithm: Wire) -> None:
    if "TrainingImage" not in algorithm:
        raise invalid("Please specify AlgorithmSpecification.TrainingImage.")
    program(algorithm["TrainingImage"])
    if algorithm.get("MetricDefinitions"):
        raise invalid(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please "
            "retry the request without specifying metric definitions."
        )
    for member in ("ContainerEntrypoint", "ContainerArguments"):
        if algorithm.get(member):
            raise unavailable(f"AlgorithmSpecification.{member}")


def _check_waiting(request: Wire) -> None:
    stopping = request.get("StoppingCondition", {})
    shortest = stopping.get("MaxRuntimeInSeconds", _DEFAULT_MAX_RUNTIME)
    spot = request.get("EnableManagedSpotTraining", False)
    if spot and stopping.get("MaxWaitTimeInSeconds", 0) < shortest:
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds"
        )


def _check_resources(resources: Wire) -> None:
    for member in ("InstanceType", "InstanceCount", "VolumeSizeInGB"):
        if member not in resources:
            raise invalid(f"Please specify ResourceConfig.{member}.")
    if resources["InstanceCount"] != 1:
        raise unavailable(f"ResourceConfig.InstanceCount {resources['InstanceCount']}")
