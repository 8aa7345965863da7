"""The metrics of a training job, read from its log by the algorithm's metric definitions."""

import re
from datetime import UTC, datetime
from typing import Final

from contract.training_metrics import METRIC_DEFINITIONS
from local_aws.sagemaker.shapes import Wire

_MOST_METRICS: Final = 40  # of a FinalMetricDataList


class MetricReader:
    """Keeps the last value that the log had for each metric."""

    def __init__(self) -> None:
        self._patterns = {name: re.compile(rule) for name, rule in METRIC_DEFINITIONS.items()}
        self._last: dict[str, Wire] = {}

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

    def _keep(self, name: str, text: str) -> None:
        try:
            value = float(text)
        except ValueError:  # a line of the same form that has no number there
            return
        self._last[name] = {"MetricName": name, "Value": value, "Timestamp": datetime.now(UTC)}
