"""What is known of a training job: its status, how it came to it, and its results."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Condition, Event
from typing import Any, Final, Literal

from contract.training_metrics import METRIC_DEFINITIONS
from local_aws.sagemaker.listing import Entry
from local_aws.sagemaker.resources import invalid
from local_aws.sagemaker.shapes import Wire, echo

Status = Literal["InProgress", "Stopping", "Completed", "Failed", "Stopped"]
Step = Literal["Starting", "Downloading", "Training", "Uploading"]

_TERMINAL: Final = {"Completed", "Failed", "Stopped"}
LONGEST_REASON: Final = 1024
"""Characters of a FailureReason that SageMaker keeps."""

_POLL_SECONDS: Final = 0.5
_MESSAGES: Final[Mapping[str, str]] = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}
"""What a secondary status says to people."""


class TrainingRecord:
    """The state of one training job. Safe to use from any thread.

    Attributes
    ----------
    request
        The CreateTrainingJob request that made it.
    arn
        The job's ARN.
    stop_requested
        Set when the job is to be stopped.
    """

    def __init__(self, request: Wire, arn: str) -> None:
        self.request = request
        self.arn = arn
        self.stop_requested = Event()
        self._changed = Condition()
        self._status: Status = "InProgress"
        self._created = self._modified = datetime.now(UTC)
        self._started: datetime | None = None
        self._ended: datetime | None = None
        self._reason: str | None = None
        self._metrics: list[Wire] = []
        self._transitions: list[Wire] = []
        self._move("Starting")

    @property
    def name(self) -> str:
        """The job's name, as it was given."""
        return self.request["TrainingJobName"]

    @property
    def artifact_uri(self) -> str:
        """Where the job's ``model.tar.gz`` goes."""
        folder = self.request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        return f"{folder}/{self.name}/output/model.tar.gz"

    @property
    def finished(self) -> bool:
        """Whether the status is one that stays."""
        return self._status in _TERMINAL

    def enter(self, step: Step) -> None:
        """Begin a step, unless the job is being stopped: then it stays Stopping."""
        with self._changed:
            if self._started is None and step != "Starting":
                self._started = datetime.now(UTC)
            if self._status == "InProgress":
                self._move(step)

    def request_stop(self) -> None:
        """Ask the job to stop.

        Raises
        ------
        AwsError
            ``ValidationException`` if it is over already.
        """
        with self._changed:
            if self.finished:
                raise invalid(
                    "The request was rejected because the training job is in status "
                    f"{self._status}."
                )
            if self._status == "InProgress":
                self._status = "Stopping"
                self._move("Stopping")
        self.stop_requested.set()

    def complete(self, metrics: list[Wire]) -> None:
        """End the job well."""
        self._finish("Completed", "Completed", metrics)

    def fail(self, reason: str) -> None:
        """End the job with a failure and its reason, of which AWS keeps 1024 characters."""
        with self._changed:
            self._reason = reason[:LONGEST_REASON]
            self._finish("Failed", "Failed", [])

    def stopped(self, metrics: list[Wire], *, out_of_time: bool) -> None:
        """End the job before it was done."""
        secondary = "MaxRuntimeExceeded" if out_of_time else "Stopped"
        self._finish("Stopped", secondary, metrics)

    def wait(self, cancelled: Callable[[], bool]) -> None:
        """Wait until the job is over, or the caller does not want to wait any more."""
        with self._changed:
            while not self.finished and not cancelled():
                self._changed.wait(_POLL_SECONDS)

    def describe(self) -> dict[str, Any]:
        """Return the response of DescribeTrainingJob."""
        with self._changed:
            seconds = self._training_seconds()
            return {
                **echo("DescribeTrainingJob", _with_defaults(self.request)),
                "TrainingJobArn": self.arn,
                "ModelArtifacts": {"S3ModelArtifacts": self.artifact_uri},
                "TrainingJobStatus": self._status,
                "SecondaryStatus": self._transitions[-1]["Status"],
                "SecondaryStatusTransitions": [dict(step) for step in self._transitions],
                "FailureReason": self._reason,
                "CreationTime": self._created,
                "TrainingStartTime": self._started,
                "TrainingEndTime": self._ended,
                "LastModifiedTime": self._modified,
                "TrainingTimeInSeconds": seconds,
                "BillableTimeInSeconds": seconds,
                "FinalMetricDataList": self._metrics or None,
            }

    def entry(self) -> Entry:
        """Return the job as ListTrainingJobs shows it."""
        with self._changed:
            summary: Wire = {
                "TrainingJobName": self.name,
                "TrainingJobArn": self.arn,
                "CreationTime": self._created,
                "TrainingEndTime": self._ended,
                "LastModifiedTime": self._modified,
                "TrainingJobStatus": self._status,
            }
            return Entry(self.name, self._created, summary, self._modified, self._status)

    def _training_seconds(self) -> int | None:
        if self._started is None or self._ended is None:
            return None
        return max(1, round((self._ended - self._started).total_seconds()))

    def _finish(self, status: Status, secondary: str, metrics: list[Wire]) -> None:
        with self._changed:
            self._metrics = metrics
            self._status = status
            self._move(secondary)
            self._transitions[-1]["EndTime"] = self._ended = self._modified
            self._changed.notify_all()

    def _move(self, secondary: str) -> None:
        now = datetime.now(UTC)
        if self._transitions:
            self._transitions[-1]["EndTime"] = now
        self._transitions.append(
            {"Status": secondary, "StartTime": now, "StatusMessage": _MESSAGES[secondary]}
        )
        self._modified = now


def _with_defaults(request: Wire) -> Wire:
    """Return a request with what AWS's description has though nobody gave it."""
    definitions = [{"Name": name, "Regex": regex} for name, regex in METRIC_DEFINITIONS.items()]
    return {
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        "EnableNetworkIsolation": False,
        **request,
        "AlgorithmSpecification": {
            **request["AlgorithmSpecification"],
            "MetricDefinitions": definitions,
        },
        "OutputDataConfig": {
            "KmsKeyId": "",
            "CompressionType": "GZIP",
            **request["OutputDataConfig"],
        },
    }
