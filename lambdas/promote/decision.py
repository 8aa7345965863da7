"""What to do next in a promotion: a total function of what the live endpoint is now.

SageMaker's UpdateEndpoint takes neither a token nor a precondition, and an
update that fails leaves the endpoint in service on its old config. So a
promotion has arrived only where the endpoint is in service on the new config,
and whatever a call finds has an answer in the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contract.promotion import PromotionOutcome, PromotionProgress
from lambdas.endpoints import Endpoint, EndpointStatus

Action = Literal["create", "update", "replay", "send_back", "delete", "nothing"]
"""What to ask of the endpoint. ``send_back``: update it to the config that was replaced."""

Sighting = Literal[
    "absent", "wanted", "replaced", "other", "arriving",
    "overtaken", "changing", "deleting", "failed", "broken",
]  # fmt: skip
"""The endpoint, as a promotion sees it.

In service on the ``wanted``, the ``replaced`` or an ``other`` config; being
created on or updated to the wanted one (``arriving``), or updated to another
(``overtaken``); ``changing`` otherwise; ``broken``: it can be neither updated
nor, unasked, deleted.
"""

_AS_IT_IS: Final[Mapping[EndpointStatus, Sighting]] = {
    "SystemUpdating": "changing",
    "RollingBack": "changing",
    "Deleting": "deleting",
    "Failed": "failed",
    "OutOfService": "broken",
    "UpdateRollbackFailed": "broken",
}
"""The statuses that say it all, whatever the config is."""

Cell = tuple[Action, PromotionOutcome]
WAIT: Final[Cell] = ("nothing", "wait")

# An "arriving" or "wanted" that no earlier call reports: one sent it, and was
# cut off before it could say so.
BEFORE_UPDATE: Final[Mapping[Sighting, Cell]] = {
    "absent": ("create", "wait"),
    "wanted": ("replay", "promoted"),
    "replaced": ("update", "wait"),
    "other": ("update", "wait"),
    "arriving": WAIT,
    "overtaken": WAIT,
    "changing": WAIT,
    "deleting": WAIT,
    "failed": ("delete", "wait"),
    "broken": ("nothing", "refused"),
}
AFTER_UPDATE: Final[Mapping[Sighting, Cell]] = {
    "absent": ("nothing", "superseded"),
    "wanted": ("replay", "promoted"),
    "replaced": ("nothing", "rolled_back"),
    "other": ("nothing", "superseded"),
    "arriving": WAIT,
    "overtaken": ("nothing", "superseded"),
    "changing": WAIT,
    "deleting": ("nothing", "superseded"),
    "failed": ("nothing", "failed"),
    "broken": ("nothing", "failed"),
}
WHILE_REVERTING: Final[Mapping[Sighting, Cell]] = {
    "absent": ("nothing", "mismatch"),
    "wanted": ("send_back", "wait"),
    "replaced": ("nothing", "mismatch"),
    "other": ("nothing", "superseded"),
    "arriving": WAIT,
    "overtaken": WAIT,
    "changing": WAIT,
    "deleting": WAIT,
    "failed": ("nothing", "failed"),
    "broken": ("nothing", "failed"),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One step of a promotion.

    Attributes
    ----------
    action
        What to do now.
    outcome
        What to answer once it is done; after ``replay``, if the answers agree.
    reason
        A sentence for people.
    progress
        What the next call has to know.
    """

    action: Action
    outcome: PromotionOutcome
    reason: str
    progress: PromotionProgress


def decide(
    endpoint: Endpoint | None,
    wanted: str,
    progress: PromotionProgress,
    *,
    stack: str,
    execution: str,
) -> Decision:
    """Decide the next step.

    Parameters
    ----------
    endpoint
        The live endpoint as it is now; None if there is none.
    wanted
        The config that was judged.
    progress
        What this promotion did so far.
    stack
        The hash that the owner tag has to hold.
    execution
        The ARN of the execution that promotes.
    """
    if endpoint is not None and endpoint.stack != stack:
        owner = f"stack {endpoint.stack}" if endpoint.stack else "no stack"
        reason = f"endpoint {endpoint.name} is tagged as owned by {owner}, not by stack {stack}"
        return Decision("nothing", "refused", reason, progress)
    sighting = sight(endpoint, wanted, progress.replaced_config)
    action, outcome = _table(progress)[sighting]
    if action == "send_back" and progress.replaced_config is None:
        # Nothing is known to go back to. What this execution has created may go.
        created_here = endpoint is not None and endpoint.execution == execution
        action, outcome = ("delete", "wait") if created_here else ("nothing", "mismatch")
    next_progress = _advance(progress, action, sighting, endpoint, wanted)
    return Decision(action, outcome, _reason(endpoint, progress), next_progress)


def reverting(progress: PromotionProgress) -> PromotionProgress:
    """Return the progress of a promotion whose replay differed: it goes back."""
    return progress.model_copy(update={"reverting": True})


def sight(endpoint: Endpoint | None, wanted: str, replaced: str | None) -> Sighting:
    """Say what the endpoint is to a promotion."""
    if endpoint is None:
        return "absent"
    if endpoint.status == "InService":
        return _serving(endpoint.config, wanted, replaced)
    if endpoint.status == "Creating":
        return "arriving" if endpoint.config == wanted else "changing"
    if endpoint.status == "Updating":
        return _updating(endpoint.pending_config, wanted)
    return _AS_IT_IS[endpoint.status]


def _serving(config: str, wanted: str, replaced: str | None) -> Sighting:
    if config == wanted:
        return "wanted"
    return "replaced" if config == replaced else "other"


def _updating(pending: str | None, wanted: str) -> Sighting:
    if pending is None:
        return "changing"
    return "arriving" if pending == wanted else "overtaken"


def _table(progress: PromotionProgress) -> Mapping[Sighting, Cell]:
    if progress.reverting:
        return WHILE_REVERTING
    return AFTER_UPDATE if progress.update_sent else BEFORE_UPDATE


def _advance(
    progress: PromotionProgress,
    action: Action,
    sighting: Sighting,
    endpoint: Endpoint | None,
    wanted: str,
) -> PromotionProgress:
    sends = action in ("create", "update") or sighting in ("wanted", "arriving")
    if progress.update_sent or not sends:
        return progress
    replaced = _left(endpoint, wanted) or progress.replaced_config
    return PromotionProgress(replaced_config=replaced, update_sent=True)


def _left(endpoint: Endpoint | None, wanted: str) -> str | None:
    """Return the config that an update takes the endpoint away from."""
    if endpoint is None or endpoint.status == "Creating" or endpoint.config == wanted:
        return None
    return endpoint.config


def _reason(endpoint: Endpoint | None, progress: PromotionProgress) -> str:
    state = "there is no live endpoint"
    if endpoint is not None:
        state = f"the live endpoint is {endpoint.status} on {endpoint.config}"
        if endpoint.pending_config:
            state += f", {endpoint.pending_config} is arriving"
        if endpoint.failure:
            state += f"; {endpoint.failure}"
    if progress.reverting:
        state += "; it answered the replayed records otherwise than the candidate did"
    return state
