"""The verdict of a gate."""

from typing import Literal

from pydantic import Field

from contract.model import ContractModel

GateName = Literal["validation", "test"]


class Verdict(ContractModel):
    """Whether a gate is passed, and why (not).

    Attributes
    ----------
    value
        What was reported for the metric; None where it was not reported.
    reasons
        Sentences for people: at least one, also of a gate that is passed.
    """

    gate: GateName
    passed: bool
    metric: str
    minimum: float
    value: float | None
    reasons: tuple[str, ...] = Field(min_length=1, strict=False)
