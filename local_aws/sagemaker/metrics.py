"""The metrics of a training job, read from its log by the algorithm's metric definitions.

As on AWS they are in two places: the last values in the job's description, all
of them in CloudWatch.
"""

import logging
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from contract.training_metrics import METRIC_DEFINITIONS
from local_aws.sagemaker.shapes import Wire

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

NAMESPACE: Final = "/aws/sagemaker/TrainingJobs"
"""Where CloudWatch has the metrics of training jobs."""

_LOG = logging.getLogger(__name__)
_BATCH: Final = 500  # PutMetricData takes 1000 metrics, and 1 MB
_MOST_METRICS: Final = 40  # of a FinalMetricDataList


class MetricReader:
    """Keeps the values that the log had, and the last one of each metric."""

    def __init__(self) -> None:
        self._patterns = {name: re.compile(rule) for name, rule in METRIC_DEFINITIONS.items()}
        self._last: dict[str, Wire] = {}
        self._all: list[MetricDatumTypeDef] = []

    def read(self, line: str) -> None:
        """Take up the metrics that a line has."""
        if "_metric: " not in line:
            return
        for name, pattern in self._patterns.items():
            if (found := pattern.search(line)) is not None:
                self._keep(name, found[1])

    def final(self) -> list[Wire]:
        """Return the FinalMetricDataList."""
        return list(self._last.values())[:_MOST_METRICS]

    def publish(self, client: "CloudWatchClient", job_name: str) -> None:
        """Put all values into CloudWatch.

        As on AWS, a role that may not put metrics loses them, and nothing else.
        """
        job: DimensionTypeDef = {"Name": "TrainingJobName", "Value": job_name}
        for begin in range(0, len(self._all), _BATCH):
            batch = self._all[begin : begin + _BATCH]
            for datum in batch:
                datum["Dimensions"] = [job]
            try:
                client.put_metric_data(Namespace=NAMESPACE, MetricData=batch)
            except (ClientError, BotoCoreError) as error:
                _LOG.warning("metrics of %s are lost: %s", job_name, error)
                return

    def _keep(self, name: str, text: str) -> None:
        try:
            value = float(text)
        except ValueError:  # a line of the same form that has no number there
            return
        now = datetime.now(UTC)
        self._last[name] = {"MetricName": name, "Value": value, "Timestamp": now}
        if math.isfinite(value):  # CloudWatch refuses the others
            self._all.append({"MetricName": name, "Value": value, "Timestamp": now})
