"""The account's service limits on instances."""

from collections import Counter
from threading import Lock
from typing import Literal

from local_aws.platform import AwsError

Usage = Literal["training job usage", "endpoint usage"]


class InstanceQuota:
    """Counts instances by type and usage; the limit is the same for each."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._used: Counter[tuple[str, Usage]] = Counter()

    def take(self, instance_type: str, usage: Usage, count: int) -> None:
        """Take instances.

        Raises
        ------
        AwsError
            ``ResourceLimitExceeded`` if the limit does not admit them.
        """
        with self._lock:
            used = self._used[instance_type, usage]
            if used + count > self._limit:
                raise AwsError(
                    "ResourceLimitExceeded",
                    f"The account-level service limit '{instance_type} for {usage}' is "
                    f"{self._limit} Instances, with current utilization of {used} Instances and "
                    f"a request delta of {count} Instances. Please use AWS Service Quotas to "
                    "request an increase for this quota. If AWS Service Quotas is not available, "
                    "contact AWS support to request an increase for this quota.",
                )
            self._used[instance_type, usage] += count

    def give_back(self, instance_type: str, usage: Usage, count: int) -> None:
        """Give instances back that were taken."""
        with self._lock:
            self._used[instance_type, usage] -= count
