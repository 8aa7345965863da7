"""The table of a promotion, whole: every status that botocore knows, in every phase."""

from datetime import UTC, datetime
from itertools import product
from typing import Any, get_args

import botocore.session
import pytest

from contract.promotion import PromotionProgress
from lambdas.endpoints import Endpoint, EndpointStatus
from lambdas.promote.decision import (
    AFTER_UPDATE,
    BEFORE_UPDATE,
    WHILE_REVERTING,
    Decision,
    Sighting,
    decide,
    sight,
)

STACK, EXECUTION = "0123abcd", "arn:execution"
WANTED, REPLACED, OTHER = "wanted", "replaced", "other"
BEFORE = PromotionProgress()
SENT = PromotionProgress(replaced_config=REPLACED, update_sent=True)
CREATED = PromotionProgress(replaced_config=None, update_sent=True)
REVERTING = PromotionProgress(replaced_config=REPLACED, update_sent=True, reverting=True)
REVERTING_CREATED = PromotionProgress(replaced_config=None, update_sent=True, reverting=True)
PHASES = (BEFORE, SENT, CREATED, REVERTING, REVERTING_CREATED)


def endpoint(
    status: EndpointStatus,
    config: str = OTHER,
    pending: str | None = None,
    *,
    stack: str | None = STACK,
    execution: str | None = None,
) -> Endpoint:
    return Endpoint(
        name="live",
        status=status,
        config=config,
        pending_config=pending,
        changed=datetime(2026, 1, 1, tzinfo=UTC),
        failure="",
        stack=stack,
        execution=execution,
    )


def step(found: Endpoint | None, progress: PromotionProgress) -> Decision:
    return decide(found, WANTED, progress, stack=STACK, execution=EXECUTION)


EVERY_ENDPOINT = [
    endpoint(*drawn)
    for drawn in product(
        get_args(EndpointStatus), (WANTED, REPLACED, OTHER), (None, WANTED, REPLACED, OTHER)
    )
]


def test_the_statuses_are_those_of_the_api() -> None:
    model: Any = botocore.session.get_session().get_service_model("sagemaker")
    assert set(get_args(EndpointStatus)) == set(model.shape_for("EndpointStatus").enum)


@pytest.mark.parametrize("table", [BEFORE_UPDATE, AFTER_UPDATE, WHILE_REVERTING])
def test_every_table_has_every_sighting(table: dict[Sighting, Any]) -> None:
    assert set(table) == set(get_args(Sighting))


@pytest.mark.parametrize("progress", PHASES)
def test_every_status_has_an_answer_that_is_safe(progress: PromotionProgress) -> None:
    for found in (None, *EVERY_ENDPOINT):
        made = step(found, progress)
        serving = found is not None and found.status == "InService"
        failed = found is not None and found.status == "Failed"
        if made.outcome == "promoted":
            assert found is not None
            assert (found.status, found.config) == ("InService", WANTED), (found, made)
            assert made.action == "replay", "nothing is promoted without a replay"
        if made.action in ("update", "send_back", "replay"):
            assert serving, (found, made)
        if made.action == "create":
            assert found is None
        if made.action == "delete":
            assert failed, "no endpoint is deleted that may serve and that somebody else created"
        if made.action != "nothing":
            assert made.outcome in ("wait", "promoted"), "an act is looked at by the next call"


@pytest.mark.parametrize("progress", PHASES)
@pytest.mark.parametrize("stack", [None, "ffffffff"])
def test_what_is_not_ours_is_refused_whatever_its_status(
    progress: PromotionProgress, stack: str | None
) -> None:
    for status in get_args(EndpointStatus):
        made = step(endpoint(status, stack=stack), progress)
        assert (made.action, made.outcome) == ("nothing", "refused")
        assert made.progress == progress


@pytest.mark.parametrize(
    ("found", "progress", "action", "outcome"),
    [
        (None, BEFORE, "create", "wait"),
        (endpoint("InService"), BEFORE, "update", "wait"),
        (endpoint("Failed"), BEFORE, "delete", "wait"),
        (endpoint("Creating"), BEFORE, "nothing", "wait"),
        (endpoint("Updating", pending=REPLACED), BEFORE, "nothing", "wait"),
        (endpoint("SystemUpdating"), BEFORE, "nothing", "wait"),
        (endpoint("RollingBack"), BEFORE, "nothing", "wait"),
        (endpoint("Deleting"), BEFORE, "nothing", "wait"),
        (endpoint("OutOfService"), BEFORE, "nothing", "refused"),
        (endpoint("UpdateRollbackFailed"), BEFORE, "nothing", "refused"),
        (None, SENT, "nothing", "superseded"),
        (endpoint("InService", WANTED), SENT, "replay", "promoted"),
        (endpoint("InService", REPLACED), SENT, "nothing", "rolled_back"),
        (endpoint("InService", OTHER), SENT, "nothing", "superseded"),
        (endpoint("InService", OTHER), CREATED, "nothing", "superseded"),
        (endpoint("Creating", WANTED), CREATED, "nothing", "wait"),
        (endpoint("Updating", REPLACED, WANTED), SENT, "nothing", "wait"),
        (endpoint("Updating", REPLACED, None), SENT, "nothing", "wait"),
        (endpoint("Updating", WANTED, OTHER), SENT, "nothing", "superseded"),
        (endpoint("RollingBack", REPLACED, WANTED), SENT, "nothing", "wait"),
        (endpoint("SystemUpdating", WANTED), SENT, "nothing", "wait"),
        (endpoint("Deleting", WANTED), SENT, "nothing", "superseded"),
        (endpoint("Failed", WANTED), CREATED, "nothing", "failed"),
        (endpoint("OutOfService", WANTED), SENT, "nothing", "failed"),
        (endpoint("UpdateRollbackFailed", REPLACED), SENT, "nothing", "failed"),
        (endpoint("InService", WANTED), REVERTING, "send_back", "wait"),
        (endpoint("Updating", WANTED, REPLACED), REVERTING, "nothing", "wait"),
        (endpoint("InService", REPLACED), REVERTING, "nothing", "mismatch"),
        (endpoint("InService", OTHER), REVERTING, "nothing", "superseded"),
        (endpoint("Failed", WANTED), REVERTING, "nothing", "failed"),
        (endpoint("Deleting", WANTED), REVERTING_CREATED, "nothing", "wait"),
        (None, REVERTING_CREATED, "nothing", "mismatch"),
    ],
)
def test_the_table(
    found: Endpoint | None, progress: PromotionProgress, action: str, outcome: str
) -> None:
    made = step(found, progress)
    assert (made.action, made.outcome) == (action, outcome)


def test_an_update_remembers_what_it_replaces() -> None:
    assert step(endpoint("InService", OTHER), BEFORE).progress == PromotionProgress(
        replaced_config=OTHER, update_sent=True
    )
    assert step(None, BEFORE).progress == PromotionProgress(update_sent=True)


def test_an_update_that_no_call_reported_is_adopted() -> None:
    arriving = step(endpoint("Updating", OTHER, WANTED), BEFORE)
    assert arriving.progress == PromotionProgress(replaced_config=OTHER, update_sent=True)
    created = step(endpoint("Creating", WANTED), BEFORE)
    assert created.progress == PromotionProgress(update_sent=True)
    arrived = step(endpoint("InService", WANTED), BEFORE)
    assert arrived.action == "replay"
    assert arrived.progress == PromotionProgress(update_sent=True)


def test_waiting_changes_nothing_that_was_done() -> None:
    for status in ("Creating", "SystemUpdating", "RollingBack", "Deleting"):
        assert step(endpoint(status), BEFORE).progress == BEFORE


def test_without_a_way_back_only_what_this_execution_created_is_deleted() -> None:
    mine = endpoint("InService", WANTED, execution=EXECUTION)
    assert step(mine, REVERTING_CREATED).action == "delete"
    foreign = step(endpoint("InService", WANTED, execution="arn:another"), REVERTING_CREATED)
    assert (foreign.action, foreign.outcome) == ("nothing", "mismatch")


def test_a_config_that_replaces_itself_has_arrived() -> None:
    assert sight(endpoint("InService", WANTED), WANTED, WANTED) == "wanted"
