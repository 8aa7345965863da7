from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from cli.aws import Aws
from cli.history import HistoryReader, Timeline
from tests.unit.cli import histories
from tests.unit.cli.histories import EXECUTION_ARN, History, at


def _timeline(history: History) -> Timeline:
    timeline = Timeline()
    timeline.extend(history.events)  # pyright: ignore[reportArgumentType] - plain dictionaries
    return timeline


def _page(
    history: History, *, first: int, last: int, following: str | None = None
) -> dict[str, Any]:
    """Return a page of the events ``last`` down to ``first``, the newest first."""
    page: dict[str, Any] = {"events": history.events[first - 1 : last][::-1]}
    return page | ({"nextToken": following} if following else {})


def _request(following: str | None = None) -> dict[str, Any]:
    request = {
        "executionArn": EXECUTION_ARN,
        "reverseOrder": True,
        "includeExecutionData": False,
        "maxResults": 100,
    }
    return request | ({"nextToken": following} if following else {})


def test_history_is_read_page_by_page_and_oldest_first(
    aws: Aws, stub: Callable[[str], Stubber]
) -> None:
    history = histories.succeeded()
    total = len(history.events)
    states = stub("step_functions")
    states.add_response(
        "get_execution_history", _page(history, first=11, last=total, following="more"), _request()
    )
    states.add_response("get_execution_history", _page(history, first=1, last=10), _request("more"))

    events = HistoryReader(aws, EXECUTION_ARN).read()

    assert [event["id"] for event in events] == list(range(1, total + 1))


def test_history_is_read_on_from_the_last_known_event(
    aws: Aws, stub: Callable[[str], Stubber]
) -> None:
    history = histories.succeeded()
    states = stub("step_functions")
    states.add_response("get_execution_history", _page(history, first=1, last=5), _request())
    # There is an older page, and it is not asked for.
    states.add_response(
        "get_execution_history", _page(history, first=4, last=9, following="more"), _request()
    )
    states.add_response("get_execution_history", _page(history, first=1, last=9), _request())
    reader = HistoryReader(aws, EXECUTION_ARN)

    assert [event["id"] for event in reader.read()] == [1, 2, 3, 4, 5]
    assert [event["id"] for event in reader.read()] == [6, 7, 8, 9]
    assert reader.read() == []


def test_seconds_of_a_state_are_those_of_all_its_visits() -> None:
    seconds = _timeline(histories.succeeded()).seconds(at(9.3))

    assert list(seconds) == [
        "CheckInput",
        "Train",
        "Passed?",
        "CreateCandidate",
        "WaitForCandidate",
        "DescribeCandidate",
        "Done",
    ]
    assert seconds["Train"] == pytest.approx(4.0)
    assert seconds["WaitForCandidate"] == pytest.approx(4.0)
    assert seconds["DescribeCandidate"] == pytest.approx(0.3)


def test_a_running_state_counts_until_now() -> None:
    timeline = _timeline(History().enter(1.0, "Train").schedule(1.0))

    assert timeline.current is not None
    assert timeline.current.state == "Train"
    assert timeline.seconds(at(8.5)) == {"Train": 7.5}


@pytest.mark.parametrize(
    ("history", "state", "seconds"),
    [
        (histories.failed(), "CheckInput", 1.5),
        (histories.aborted(), "Train", 3.0),
        (histories.timed_out(), "WaitForCandidate", 60.0),
        (histories.gate_failed(), "TestGateFailed", 0.0),
    ],
)
def test_the_end_of_the_execution_ends_its_last_state(
    history: History, state: str, seconds: float
) -> None:
    timeline = _timeline(history)

    assert timeline.current is None
    assert timeline.visits[-1].state == state
    assert timeline.seconds(at(1000))[state] == pytest.approx(seconds)


def test_tries_and_the_last_fault_are_told() -> None:
    visit = _timeline(histories.failed()).visits[-1]

    assert (visit.tries, visit.fault) == (2, "ExecutionInputError")


def test_a_redriven_execution_goes_on_in_the_state_where_it_ended() -> None:
    history = histories.failed().add(100, "ExecutionRedriven").schedule(100)
    timeline = _timeline(history)

    assert timeline.current is not None
    assert (timeline.current.state, timeline.current.tries) == ("CheckInput", 1)
    assert timeline.seconds(at(102))["CheckInput"] == pytest.approx(3.5)


def test_a_caught_error_leaves_the_state_when_the_next_is_entered() -> None:
    history = History().enter(0, "CreateModel").schedule(0).fail(2, "SageMaker.SageMakerException")
    timeline = _timeline(history.enter(3, "DescribeModel"))

    assert timeline.visits[0].left == at(3)


def test_latest_finds_the_last_visit_of_any_of_the_states() -> None:
    timeline = _timeline(histories.succeeded())
    visit = timeline.latest({"Train", "WaitForCandidate"})

    assert visit is not None
    assert visit.entered == at(7.1)
    assert timeline.latest({"Promote"}) is None
