"""The history of an execution: read as it grows, and told as visits to states."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cli.aws import Aws

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

_PAGE: Final = 100
_FAULTS: Final = (
    "taskFailedEventDetails",
    "taskTimedOutEventDetails",
    "taskSubmitFailedEventDetails",
    "taskStartFailedEventDetails",
    "lambdaFunctionFailedEventDetails",
    "lambdaFunctionTimedOutEventDetails",
    "lambdaFunctionScheduleFailedEventDetails",
    "lambdaFunctionStartFailedEventDetails",
    "evaluationFailedEventDetails",
)


class HistoryReader:
    """Reads the events of an execution, each once.

    GetExecutionHistory cannot begin in the middle, so the newest events are
    asked for first, down to the last one that is known.
    """

    def __init__(self, aws: Aws, arn: str) -> None:
        self._client = aws.step_functions
        self._arn = arn
        self._last = 0

    def read(self) -> list["HistoryEventTypeDef"]:
        """Return what has happened since the last call, oldest first."""
        fresh: list[HistoryEventTypeDef] = []
        for event in self._newest_first():
            if event["id"] <= self._last:
                break
            fresh.append(event)
        if fresh:
            self._last = fresh[0]["id"]
        fresh.reverse()
        return fresh

    def _newest_first(self) -> Iterable["HistoryEventTypeDef"]:
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=self._arn,
            reverseOrder=True,
            includeExecutionData=False,
            PaginationConfig={"PageSize": _PAGE},
        )
        for page in pages:
            yield from page["events"]


@dataclass(slots=True)
class Visit:
    """One stay in a state.

    Attributes
    ----------
    kind
        ``Task``, ``Wait``, ``Choice``, ``Pass``, ``Succeed`` or ``Fail``.
    left
        None while it lasts.
    tries
        How often its task was begun: a retry begins it again.
    fault
        The error of its last try that failed.
    """

    state: str
    kind: str
    entered: datetime
    left: datetime | None = None
    tries: int = 0
    fault: str | None = None

    def seconds(self, now: datetime) -> float:
        """Return how long it lasted, or lasts by ``now``."""
        return max(0.0, ((self.left or now) - self.entered).total_seconds())


@dataclass(slots=True)
class Timeline:
    """The visits of an execution, in order."""

    visits: list[Visit] = field(default_factory=list[Visit])

    @property
    def current(self) -> Visit | None:
        """The visit that lasts."""
        return self.visits[-1] if self.visits and self.visits[-1].left is None else None

    def extend(self, events: Iterable["HistoryEventTypeDef"]) -> None:
        """Take in what has happened since."""
        for event in events:
            self._take(event)

    def latest(self, states: Iterable[str]) -> Visit | None:
        """Return the last visit to any of the states."""
        wanted = frozenset(states)
        return next((visit for visit in reversed(self.visits) if visit.state in wanted), None)

    def seconds(self, now: datetime) -> dict[str, float]:
        """Return the seconds in each state, all visits together, in the order of the first."""
        total: dict[str, float] = {}
        for visit in self.visits:
            total[visit.state] = total.get(visit.state, 0.0) + visit.seconds(now)
        return total

    def _take(self, event: "HistoryEventTypeDef") -> None:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            self._leave(event["timestamp"])
            name = event.get("stateEnteredEventDetails", {}).get("name", "")
            entered = event["timestamp"]
            self.visits.append(Visit(name, kind.removesuffix("StateEntered"), entered))
        elif kind == "ExecutionRedriven" and self.visits:
            # It is taken up in the state where it ended, which is not entered anew.
            last = self.visits[-1]
            self.visits.append(Visit(last.state, last.kind, event["timestamp"]))
        elif kind.endswith("StateExited") or kind.startswith("Execution"):
            self._leave(event["timestamp"])
        elif self.visits and kind in {"TaskScheduled", "LambdaFunctionScheduled"}:
            self.visits[-1].tries += 1
        elif self.visits:
            self.visits[-1].fault = _fault(event) or self.visits[-1].fault

    def _leave(self, moment: datetime) -> None:
        """Close the visit that lasts: one state at a time, since the machine has no branches."""
        if self.current is not None:
            self.current.left = moment


def _fault(event: "HistoryEventTypeDef") -> str | None:
    for key in _FAULTS:
        if (details := event.get(key)) is not None:
            return details.get("error", "unknown error")
    return None
