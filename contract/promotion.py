"""A promotion: the live endpoint taken to a config that was judged, or told why not."""

from typing import Literal

from contract.model import ContractModel

PromotionOutcome = Literal[
    "wait", "promoted", "rolled_back", "superseded", "refused", "failed", "mismatch"
]
"""``wait``: call again. All others end the loop, and only ``promoted`` is a success.

``rolled_back``: the endpoint is back on the config it had; ``superseded``: it runs
a third config, or was deleted; ``refused``: it is not this stack's, or not in a
state to be updated; ``failed``: SageMaker could not bring it up; ``mismatch``: it
answered the replayed records otherwise than the candidate did, and was sent back.
"""


class PromotionProgress(ContractModel):
    """What a promotion did so far; the state machine carries it from call to call.

    Attributes
    ----------
    replaced_config
        The config that the live endpoint ran before the update, as soon as one
        was asked for; None where it did not exist.
    update_sent
        Whether this execution's create or update was accepted.
    reverting
        Whether the replay failed, and the update back was sent.
    """

    replaced_config: str | None = None
    update_sent: bool = False
    reverting: bool = False


class Promotion(ContractModel):
    """``promotion.json``: an entry of the ledger, written last by a promotion."""

    execution: str
    endpoint: str
    config: str
    replaced_config: str | None
    promoted_at: str
