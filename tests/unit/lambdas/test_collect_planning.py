"""What the collector takes, and what it must never take."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.collect.inventory import Execution, Inventory, Resource, ResourceKind
from lambdas.collect.planning import GRACE, plan
from lambdas.endpoints import Endpoint, EndpointStatus

STACK = "0123abcd"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)
JUST_NOW = NOW - timedelta(seconds=30)


def execution(name: str, ended: datetime | None = LONG_AGO) -> Execution:
    return Execution(arn=f"arn:{name}", resource=f"{STACK}-{name}", ended=ended)


def resource(
    kind: ResourceKind,
    owner: str,
    *,
    suffix: str = "",
    status: str = "",
    needs: frozenset[str] = frozenset(),
    created: datetime = LONG_AGO,
) -> Resource:
    return Resource(
        kind=kind,
        name=f"{STACK}-{owner}{suffix}",
        created=created,
        status=status,
        execution=f"arn:{owner}",
        needs=needs,
    )


def config(owner: str, **more: Any) -> Resource:
    return resource("endpoint-config", owner, needs=frozenset({f"{STACK}-{owner}"}), **more)


def model(owner: str, **more: Any) -> Resource:
    return resource("model", owner, **more)


def candidate(owner: str, status: str = "InService") -> Resource:
    return resource("endpoint", owner, status=status, needs=frozenset({f"{STACK}-{owner}"}))


def job(owner: str, status: str = "InProgress") -> Resource:
    return resource("training-job", owner, suffix="-0-0", status=status)


def live(
    owner: str,
    pending: str | None = None,
    *,
    changed: datetime = LONG_AGO,
    stack: str | None = STACK,
    status: EndpointStatus = "InService",
) -> Endpoint:
    return Endpoint(
        name="live",
        status=status,
        config=f"{STACK}-{owner}",
        pending_config=f"{STACK}-{pending}" if pending else None,
        changed=changed,
        failure="",
        stack=stack,
        execution=None,
    )


def planned(
    *resources: Resource,
    executions: tuple[Execution, ...] = (),
    live: Endpoint | None = None,
    everything: bool = False,
) -> list[tuple[str, str, str]]:
    inventory = Inventory(
        stack=STACK,
        live=live,
        live_models=live.configs if live else frozenset(),
        resources=resources,
        executions={found.arn: found for found in executions},
    )
    return [
        (item.action, item.kind, item.name.removeprefix(f"{STACK}-"))
        for item in plan(inventory, NOW, everything=everything)
    ]


def test_nothing_there_is_nothing_to_do() -> None:
    assert planned() == []
    assert planned(everything=True) == []


def test_what_a_running_execution_owns_is_kept() -> None:
    things = (job("a"), candidate("a"), config("a"), model("a"))
    assert planned(*things, executions=(execution("a", ended=None),)) == []


def test_jobs_and_candidates_of_an_ended_execution_go_at_once() -> None:
    ended = execution("a", ended=JUST_NOW)
    assert planned(job("a"), candidate("a"), executions=(ended,)) == [
        ("stop", "training-job", "a-0-0"),
        ("delete", "endpoint", "a"),
    ]


def test_configs_and_models_go_when_the_grace_is_over() -> None:
    things = (config("a"), model("a"))
    assert planned(*things, executions=(execution("a", ended=JUST_NOW),)) == [
        ("later", "endpoint-config", "a"),
        ("later", "model", "a"),
    ]
    assert planned(*things, executions=(execution("a", ended=NOW - GRACE),)) == [
        ("delete", "endpoint-config", "a"),
        ("delete", "model", "a"),
    ]


def test_a_config_outlives_the_candidate_that_needs_it() -> None:
    assert planned(candidate("a"), config("a"), model("a"), executions=(execution("a"),)) == [
        ("delete", "endpoint", "a"),
        ("later", "endpoint-config", "a"),
        ("later", "model", "a"),
    ]


@pytest.mark.parametrize(
    "found", [live("a"), live("old", pending="a")], ids=["current", "arriving"]
)
def test_what_the_live_endpoint_needs_is_kept(found: Endpoint) -> None:
    assert planned(config("a"), model("a"), executions=(execution("a"),), live=found) == []


def test_what_the_live_endpoint_needs_is_kept_even_if_its_tag_was_lost() -> None:
    assert planned(config("a"), model("a"), live=live("a", stack=None)) == []


def test_a_model_is_kept_if_only_the_live_endpoint_knows_its_config() -> None:
    assert planned(model("a"), executions=(execution("a"),), live=live("a")) == []


def test_what_the_live_endpoint_has_left_goes() -> None:
    things = (config("old"), model("old"), config("new"), model("new"))
    runs = (execution("old"), execution("new"))
    assert planned(*things, executions=runs, live=live("new")) == [
        ("delete", "endpoint-config", "old"),
        ("delete", "model", "old"),
    ]


def test_what_the_live_endpoint_has_just_left_is_the_way_back_of_a_promotion() -> None:
    things = (config("old"), model("old"))
    found = live("new", changed=JUST_NOW)
    assert planned(*things, executions=(execution("old"),), live=found) == [
        ("later", "endpoint-config", "old"),
        ("later", "model", "old"),
    ]


def test_what_is_under_way_is_not_asked_for_again() -> None:
    things = (job("a", "Stopping"), candidate("a", "Deleting"))
    assert planned(*things, executions=(execution("a"),)) == [
        ("later", "training-job", "a-0-0"),
        ("later", "endpoint", "a"),
    ]


def test_a_redriven_execution_owns_its_things_again() -> None:
    redriven = execution("a", ended=None)
    assert planned(candidate("a"), config("a"), model("a"), executions=(redriven,)) == []


def test_an_execution_of_the_same_name_is_another_one() -> None:
    namesake = Execution(arn="arn:a", resource=f"{STACK}-b", ended=None)
    assert planned(candidate("a"), executions=(namesake,)) == [("delete", "endpoint", "a")]


def test_what_no_known_execution_owns_goes_when_the_grace_is_over() -> None:
    fresh = resource("endpoint", "a", created=JUST_NOW)
    assert planned(fresh, config("b", created=JUST_NOW)) == []
    assert planned(candidate("a"), config("b")) == [
        ("delete", "endpoint", "a"),
        ("delete", "endpoint-config", "b"),
    ]


def test_everything_is_everything_from_the_executions_down() -> None:
    things = (job("a"), candidate("a"), config("a"), model("a"), config("old"), model("old"))
    runs = (execution("a", ended=None), execution("old"))
    assert planned(*things, executions=runs, live=live("old"), everything=True) == [
        ("stop", "execution", "arn:a"),
        ("stop", "training-job", "a-0-0"),
        ("delete", "endpoint", "a"),
        ("delete", "endpoint", "live"),
        ("later", "endpoint-config", "a"),
        ("later", "endpoint-config", "old"),
        ("later", "model", "a"),
        ("later", "model", "old"),
    ]


def test_everything_knows_no_grace_once_the_endpoints_are_gone() -> None:
    ended = execution("a", ended=JUST_NOW)
    assert planned(config("a"), model("a"), executions=(ended,), everything=True) == [
        ("delete", "endpoint-config", "a"),
        ("delete", "model", "a"),
    ]


@pytest.mark.parametrize("stack", [None, "ffffffff"])
def test_not_even_everything_takes_a_live_endpoint_of_somebody_else(stack: str | None) -> None:
    assert planned(live=live("x", stack=stack), everything=True) == []


def test_everything_waits_for_a_live_endpoint_that_is_being_deleted() -> None:
    found = live("a", status="Deleting")
    assert planned(config("a"), live=found, everything=True) == [
        ("later", "endpoint", "live"),
        ("later", "endpoint-config", "a"),
    ]
