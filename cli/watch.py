"""Follow an execution until it ends."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from cli.aws import Aws
from cli.endpoints import EndpointStatus, endpoint_status
from cli.execution import Execution, describe_execution
from cli.history import HistoryReader, Timeline
from cli.machine import Machine, read_machine
from cli.stack import Stack
from cli.training import Training, TrainingObserver
from contract.names import attempt

_SHORTEST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An execution at a moment.

    Attributes
    ----------
    now
        The moment; the end, of an execution that has ended.
    """

    execution: Execution
    timeline: Timeline
    training: Training | None
    endpoints: tuple[EndpointStatus, ...]
    now: datetime

    @property
    def seconds(self) -> float:
        """How long the execution lasts, or lasted."""
        return max(0.0, (self.now - self.execution.started).total_seconds())


class Display(Protocol):
    """Shows the snapshots of an execution as they come."""

    def show(self, snapshot: Snapshot) -> None:
        """Show how it stands."""
        ...


class Observer:
    """Takes snapshots of one execution, asking only for what is new.

    Attributes
    ----------
    machine
        The definition that the execution runs.
    """

    def __init__(self, aws: Aws, stack: Stack, arn: str) -> None:
        self.machine: Final[Machine] = read_machine(aws, arn)
        self._aws = aws
        self._stack = stack
        self._arn = arn
        self._reader = HistoryReader(aws, arn)
        self._timeline = Timeline()
        self._trainer: TrainingObserver | None = None
        self._training: Training | None = None

    def observe(self) -> Snapshot:
        """Ask how the execution stands."""
        # Described first: once it has ended, the history read after it is whole.
        execution = describe_execution(self._aws, self._arn)
        self._timeline.extend(self._reader.read())
        return Snapshot(
            execution=execution,
            timeline=self._timeline,
            training=self._observe_training(execution),
            endpoints=self._observe_endpoints(execution),
            now=execution.stopped or datetime.now(UTC),
        )

    def _observe_training(self, execution: Execution) -> Training | None:
        visit = self._timeline.latest(self.machine.training)
        if visit is None:
            return None
        tries = attempt(execution.redrives, max(visit.tries - 1, 0))
        job = execution.names(self._stack).training_job(tries)
        if self._trainer is None or self._trainer.job != job:
            self._trainer, self._training = TrainingObserver(self._aws, job), None
        if self._training is None or not self._training.ended:
            self._training = self._trainer.observe()
        return self._training

    def _observe_endpoints(self, execution: Execution) -> tuple[EndpointStatus, ...]:
        """Ask for both endpoints from the moment that the first may exist."""
        if self._timeline.latest(self.machine.hosting) is None:
            return ()
        candidate = execution.names(self._stack).resource
        return (
            endpoint_status(self._aws, "candidate", candidate),
            endpoint_status(self._aws, "live", self._stack.endpoint),
        )


def follow(observer: Observer, display: Display) -> Snapshot:
    """Show an execution until it has ended, and return how it ended."""
    while True:
        snapshot = observer.observe()
        display.show(snapshot)
        if snapshot.execution.has_ended:
            return snapshot
        time.sleep(pause_after(snapshot.seconds))


def pause_after(seconds: float) -> float:
    """Return how long to wait before the next look: a sixtieth of the time so far.

    So a run of seconds is seen as it goes, and one of an hour asks little of
    the API's quotas.
    """
    return min(max(seconds / 60, _SHORTEST_PAUSE), _LONGEST_PAUSE)
