"""How a running execution looks: plain lines, or live on a terminal."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from cli.history import Visit
from cli.watch import Display, Snapshot

# A Choice, a Pass and a Succeed take no time: they are in execution.json, not on the screen.
_SHOWN: Final = frozenset({"Task", "Wait", "Parallel", "Map", "Fail"})
_LINES_BESIDE_STATES: Final = 7
_STATUS_STYLES: Final = {"SUCCEEDED": "bold green", "RUNNING": "bold cyan"}


def make_console() -> Console:
    """Return a console that knows terminals and NO_COLOR, and prints texts as they are."""
    return Console(highlight=False, markup=False)


def is_live(console: Console) -> bool:
    """Tell whether lines on this console may be redrawn."""
    return console.is_terminal and not console.is_dumb_terminal and "CI" not in os.environ


@contextmanager
def open_display(console: Console) -> Generator[Display]:
    """Open the display that suits the console, for as long as the context lasts."""
    if not is_live(console):
        yield PlainDisplay(console)
        return
    board = LiveDisplay(console)
    with Live(board, console=console, refresh_per_second=8, vertical_overflow="visible"):
        yield board


@dataclass(slots=True)
class PlainDisplay:
    """A line for each thing that happens, with the seconds since the start."""

    console: Console
    _told: dict[str, str] = field(default_factory=dict[str, str])

    def show(self, snapshot: Snapshot) -> None:
        """Print what has happened since the last snapshot."""
        started = snapshot.execution.started
        if not self._told:
            self._tell("execution", 0, f"execution {snapshot.execution.name}")
        for visit in _first_visits(snapshot):
            moment = ((visit.left or snapshot.now) - started).total_seconds()
            self._tell(visit.state, moment, _say(visit, snapshot.now))
        if (training := snapshot.training) is not None:
            self._tell(training.job, snapshot.seconds, f"  training: {training}")
        for endpoint in snapshot.endpoints:
            self._tell(endpoint.name, snapshot.seconds, f"  {endpoint}")
        if snapshot.execution.has_ended:
            self._tell("execution", snapshot.seconds, snapshot.execution.status)

    def _tell(self, subject: str, seconds: float, news: str) -> None:
        """Print what is new of a subject."""
        if self._told.get(subject) != news:
            self._told[subject] = news
            self.console.print(f"{seconds:8.1f} s  {news}", soft_wrap=True)


def _first_visits(snapshot: Snapshot) -> list[Visit]:
    """Return the first visit to each state: a loop comes back to some every few seconds."""
    first: dict[str, Visit] = {}
    for visit in snapshot.timeline.visits:
        if visit.kind in _SHOWN:
            first.setdefault(visit.state, visit)
    return list(first.values())


def _say(visit: Visit, now: datetime) -> str:
    parts = [visit.state]
    if remark := _remark(visit):
        parts.append(f"({remark})")
    if visit.left is not None and visit.kind != "Fail":
        parts.append(f" {visit.seconds(now):.1f} s")
    elif visit.kind != "Fail":
        parts.append("...")
    return " ".join(parts)


class LiveDisplay:
    """The states with their seconds, the training and the endpoints, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._snapshot: Snapshot | None = None
        self._spinner = Spinner("dots")

    def show(self, snapshot: Snapshot) -> None:
        """Take a snapshot, which the next redrawing shows."""
        self._snapshot = snapshot

    def __rich__(self) -> RenderableType:
        """Draw the last snapshot, with the seconds of this moment."""
        snapshot = self._snapshot
        if snapshot is None:
            return Text("reading the execution ...")
        ended = snapshot.execution.has_ended
        now = snapshot.now if ended else datetime.now(UTC)
        parts: list[RenderableType] = [_headline(snapshot, now), self._states(snapshot, now)]
        if snapshot.training is not None:
            parts.append(Text(f"training  {snapshot.training}"))
        parts += [Text(str(endpoint), style="dim") for endpoint in snapshot.endpoints]
        return Group(*parts)

    def _states(self, snapshot: Snapshot, now: datetime) -> Table:
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(width=1)
        table.add_column(min_width=28)
        table.add_column(justify="right", min_width=9)
        table.add_column(style="dim")
        seconds = snapshot.timeline.seconds(now)
        rows = _latest_visits(snapshot)
        hidden = max(0, len(rows) - self._room(snapshot))
        if hidden:
            table.add_row("", f"... {hidden} states before", "", "", style="dim")
        for visit in rows[hidden:]:
            table.add_row(
                self._mark(visit, snapshot),
                visit.state,
                f"{seconds[visit.state]:.1f} s",
                _remark(visit),
            )
        return table

    def _room(self, snapshot: Snapshot) -> int:
        """Return how many states fit on the terminal; when all is done, all may be shown."""
        if snapshot.execution.has_ended:
            return len(snapshot.timeline.visits)
        return max(1, self._console.height - _LINES_BESIDE_STATES)

    def _mark(self, visit: Visit, snapshot: Snapshot) -> RenderableType:
        if visit is snapshot.timeline.current and not snapshot.execution.has_ended:
            return self._spinner
        last = visit is _latest_visits(snapshot)[-1]
        if snapshot.execution.has_ended and not snapshot.execution.succeeded and last:
            return Text("✗", style="red")
        return Text("✓", style="green")


def _headline(snapshot: Snapshot, now: datetime) -> Text:
    execution = snapshot.execution
    seconds = max(0.0, (now - execution.started).total_seconds())
    style = _STATUS_STYLES.get(execution.status, "bold red")
    return Text.assemble(
        (execution.status, style), f"  execution {execution.name}  ", (f"{seconds:.1f} s", "bold")
    )


def _latest_visits(snapshot: Snapshot) -> list[Visit]:
    """Return the last visit to each state that takes time, in the order of the first."""
    latest: dict[str, Visit] = {}
    for visit in snapshot.timeline.visits:
        if visit.kind in _SHOWN:
            latest[visit.state] = visit
    return list(latest.values())


def _remark(visit: Visit) -> str:
    """Tell of tries that failed; an error that is not tried again may be an answer."""
    if visit.tries > 1:
        return f"try {visit.tries} after {visit.fault}"
    return visit.fault or "" if visit.left is None else ""
