"""The training job of an execution while it runs: its status, epoch and metrics."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from cli.aws import Aws
from cli.errors import error_code
from contract.training_metrics import METRIC_DEFINITIONS

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import GetLogEventsRequestTypeDef

TRAINING_LOG_GROUP: Final = "/aws/sagemaker/TrainingJobs"
_ENDED: Final = frozenset({"Completed", "Failed", "Stopped"})
_MISSING: Final = frozenset({"ResourceNotFound", "ValidationException"})
"""Of a job that is not there: what the API's model says, and what AWS has been seen to answer."""

_EPOCH: Final = re.compile(r"#quality_metric: host=\S+, epoch=(\d+),")
_SHOWN: Final = {
    "train:objective_loss": "train loss",
    "validation:objective_loss": "validation loss",
    "validation:binary_classification_accuracy": "validation accuracy",
    "validation:binary_f_beta": "validation F",
}
_PATTERNS: Final = {name: re.compile(METRIC_DEFINITIONS[name]) for name in _SHOWN}


@dataclass(frozen=True, slots=True)
class Training:
    """A training job at a moment.

    Attributes
    ----------
    status
        The secondary status, which tells more than InProgress.
    epoch
        The last epoch that was logged, counted from 0; None before the first.
    metrics
        What was reported last, by the words that are shown.
    """

    job: str
    status: str
    ended: bool
    epoch: int | None
    metrics: dict[str, float]

    def __str__(self) -> str:
        """Say it in a line."""
        parts = [self.status]
        if self.epoch is not None:
            parts.append(f"epoch {self.epoch + 1}")
        parts += [f"{name} {value:.4f}" for name, value in self.metrics.items()]
        return "  ".join(parts)


@dataclass(slots=True)
class TrainingObserver:
    """Follows one training job: DescribeTrainingJob for its status, the log for its metrics."""

    aws: Aws
    job: str
    _stream: str | None = None
    _token: str | None = None
    _epoch: int | None = None
    _metrics: dict[str, float] = field(default_factory=dict[str, float])

    def observe(self) -> Training | None:
        """Return the job as it is now; None while SageMaker does not know it yet."""
        try:
            answer = self.aws.sagemaker.describe_training_job(TrainingJobName=self.job)
        except ClientError as error:
            if error_code(error) in _MISSING:
                return None
            raise
        self._read_log()
        return Training(
            job=self.job,
            status=answer["SecondaryStatus"],
            ended=answer["TrainingJobStatus"] in _ENDED,
            epoch=self._epoch,
            metrics=dict(self._metrics),
        )

    def _read_log(self) -> None:
        stream = self._stream = self._stream or self._find_stream()
        if stream is None:
            return
        while True:
            request: GetLogEventsRequestTypeDef = {
                "logGroupName": TRAINING_LOG_GROUP,
                "logStreamName": stream,
                "startFromHead": True,
            }
            if self._token is not None:
                request["nextToken"] = self._token
            answer = self.aws.logs.get_log_events(**request)
            for event in answer["events"]:
                self._take(event.get("message", ""))
            if answer["nextForwardToken"] == self._token:
                return
            self._token = answer["nextForwardToken"]

    def _find_stream(self) -> str | None:
        try:
            answer = self.aws.logs.describe_log_streams(
                logGroupName=TRAINING_LOG_GROUP, logStreamNamePrefix=f"{self.job}/", limit=1
            )
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None  # the first training job of an account makes the group
            raise
        return next((stream.get("logStreamName") for stream in answer["logStreams"]), None)

    def _take(self, line: str) -> None:
        if (epoch := _EPOCH.search(line)) is not None:
            self._epoch = int(epoch[1])
        for name, pattern in _PATTERNS.items():
            if (found := pattern.search(line)) is not None:
                self._metrics[_SHOWN[name]] = float(found[1])
