"""How long the parts of an execution may take: every wait has an end."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PollBudget:
    """How often, and how many times at most, a state of affairs is asked for."""

    interval_seconds: int
    polls: int

    @property
    def seconds(self) -> int:
        """The longest that the loop waits."""
        return self.interval_seconds * self.polls


TRAINING_SECONDS: Final = 3600
"""``MaxRuntimeInSeconds`` of the training job: several times what MNIST takes (7 to 11 minutes)."""

TRAINING_TASK_SECONDS: Final = TRAINING_SECONDS + 1800
"""Beyond its runtime, a job waits for its instance and uploads its model."""

CANDIDATE_BUDGET: Final = PollBudget(interval_seconds=30, polls=120)
"""An endpoint takes minutes to be in service, and up to hours to fail: an hour is enough."""

DELETION_BUDGET: Final = PollBudget(interval_seconds=15, polls=120)
"""A deletion takes minutes, and waits for what SageMaker itself may be changing."""

PROMOTION_BUDGET: Final = PollBudget(interval_seconds=30, polls=180)
"""An update brings up a whole new fleet, and, if a replay differs, another one back."""

EXECUTION_SECONDS: Final = 8 * 3600
"""Of the whole execution: more than all of the above, one after the other.

Retries and slow answers take of the same time: here is the end of whatever they add up to.
"""
