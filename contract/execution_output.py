"""The output of an execution that SUCCEEDED: what a console user reads."""

from pydantic import Field

from contract.evaluation import ConfusionMatrix, Metrics
from contract.model import ContractModel
from contract.verdict import Verdict


class OutputUris(ContractModel):
    """Where the results lie."""

    evaluation: str
    confusion_matrix: str
    manifest: str
    model_artifact: str


class ExecutionOutput(ContractModel):
    """What an execution came to.

    Attributes
    ----------
    endpoint
        The live endpoint that now serves the model; None after a rehearsal.
    """

    confusion_matrix: ConfusionMatrix
    metrics: Metrics
    verdicts: tuple[Verdict, ...] = Field(strict=False)
    endpoint: str | None
    uris: OutputUris
