import io
from typing import Any

import pytest
from rich.console import Console

from cli.display import LiveDisplay, PlainDisplay, is_live, open_display
from cli.endpoints import EndpointStatus
from cli.execution import Execution
from cli.history import Timeline
from cli.training import Training
from cli.watch import Snapshot
from tests.unit.cli import histories
from tests.unit.cli.conftest import printed
from tests.unit.cli.histories import EXECUTION_ARN, STARTED, History, at

TRAINING = Training(
    job="job",
    status="Training",
    ended=False,
    epoch=2,
    metrics={"train loss": 0.0213, "validation loss": 0.0199},
)


def snapshot(
    history: History,
    seconds: float,
    *,
    status: str = "RUNNING",
    training: Training | None = None,
    endpoints: tuple[EndpointStatus, ...] = (),
) -> Snapshot:
    """Return what is known after so many seconds of a history."""
    timeline = Timeline()
    known: Any = [event for event in history.events if event["timestamp"] <= at(seconds)]
    timeline.extend(known)
    execution = Execution(
        arn=EXECUTION_ARN,
        name="first",
        status=status,
        started=STARTED,
        stopped=None if status == "RUNNING" else at(seconds),
        input="{}",
        output=None,
        error=None,
        cause=None,
        redrives=0,
    )
    return Snapshot(execution, timeline, training, endpoints, at(seconds))


def test_plain_lines_of_an_execution(console: Console) -> None:
    display = PlainDisplay(console)
    history = histories.succeeded()
    creating = EndpointStatus("candidate", "ab-cd", "Creating")
    in_service = EndpointStatus("candidate", "ab-cd", "InService")

    display.show(snapshot(history, 0.2))
    display.show(snapshot(history, 2.0, training=TRAINING))
    display.show(snapshot(history, 2.5, training=TRAINING))
    display.show(snapshot(history, 6.0, endpoints=(creating,)))
    display.show(snapshot(history, 8.0, endpoints=(creating,)))
    display.show(snapshot(history, 9.3, status="SUCCEEDED", endpoints=(in_service,)))

    assert printed(console).splitlines() == [
        "     0.0 s  execution first",
        "     0.2 s  CheckInput ...",
        "     0.5 s  CheckInput  0.4 s",
        "     2.0 s  Train ...",
        "     2.0 s    training: Training  epoch 3  train loss 0.0213  validation loss 0.0199",
        "     4.5 s  Train  4.0 s",
        "     5.0 s  CreateCandidate  0.5 s",
        "     6.0 s  WaitForCandidate ...",
        "     6.0 s    candidate endpoint ab-cd: Creating",
        "     7.0 s  WaitForCandidate  2.0 s",
        "     7.1 s  DescribeCandidate  0.1 s",
        "     9.3 s    candidate endpoint ab-cd: InService",
        "     9.3 s  SUCCEEDED",
    ]


def test_plain_lines_tell_tries_and_the_error_of_a_failed_execution(console: Console) -> None:
    display = PlainDisplay(console)
    history = histories.failed()

    display.show(snapshot(history, 0.4))
    display.show(snapshot(history, 1.4))
    display.show(snapshot(history, 1.6, status="FAILED"))

    assert printed(console).splitlines() == [
        "     0.0 s  execution first",
        "     0.4 s  CheckInput (Lambda.ServiceException) ...",
        "     1.4 s  CheckInput (try 2 after Lambda.ServiceException) ...",
        "     1.6 s  CheckInput (try 2 after ExecutionInputError)  1.5 s",
        "     1.6 s  FAILED",
    ]


def test_plain_lines_hold_no_control_characters(console: Console) -> None:
    with open_display(console) as display:
        display.show(snapshot(histories.succeeded(), 9.3, status="SUCCEEDED"))

    assert isinstance(display, PlainDisplay)
    assert "\x1b" not in printed(console)


def _terminal(*, height: int = 40) -> Console:
    return Console(
        file=io.StringIO(), width=100, height=height, force_terminal=True, record=True, _environ={}
    )


def _drawn(shown: Snapshot, *, height: int = 40) -> str:
    console = _terminal(height=height)
    display = LiveDisplay(console)
    display.show(shown)
    console.print(display)
    return console.export_text()


def test_the_live_display_shows_states_training_and_endpoints() -> None:
    live = EndpointStatus("live", "linear-learner-mnist", "absent")
    text = _drawn(snapshot(histories.succeeded(), 8.0, training=TRAINING, endpoints=(live,)))

    assert "RUNNING  execution first" in text
    assert "CheckInput" in text
    assert "0.4 s" in text
    assert "training  Training  epoch 3  train loss 0.0213" in text
    assert "live endpoint linear-learner-mnist: absent" in text
    assert "Passed?" not in text, "a Choice takes no time"


def test_the_live_display_marks_what_failed() -> None:
    text = _drawn(snapshot(histories.failed(), 1.6, status="FAILED"))

    assert "✗  CheckInput" in text
    assert "try 2 after ExecutionInputError" in text


def test_the_live_display_keeps_the_last_states_where_all_do_not_fit() -> None:
    running = _drawn(snapshot(histories.succeeded(), 9.2), height=9)
    ended = _drawn(snapshot(histories.succeeded(), 9.3, status="SUCCEEDED"), height=9)

    assert "... 3 states before" in running
    assert "CheckInput" not in running
    assert "DescribeCandidate" in running
    assert "CheckInput" in ended, "in the end all of them are shown"


def test_the_live_display_ends_with_the_last_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    console = _terminal()

    with open_display(console) as display:
        display.show(snapshot(histories.succeeded(), 9.3, status="SUCCEEDED"))

    assert isinstance(display, LiveDisplay)
    assert "SUCCEEDED  execution first  9.3 s" in console.export_text()


def test_only_a_terminal_of_a_person_is_redrawn(
    monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert is_live(_terminal())
    assert not is_live(console)

    monkeypatch.setenv("CI", "true")
    assert not is_live(_terminal())


def test_no_color_takes_the_colours_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    display = LiveDisplay(console)
    display.show(snapshot(histories.succeeded(), 9.3, status="SUCCEEDED"))
    console.print(display)

    assert "\x1b[32m" not in printed(console)
