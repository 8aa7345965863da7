"""The evaluation of a candidate on the test split: ``evaluation.json``, written once."""

from typing import Annotated

from pydantic import Field

from contract.manifest import DatasetSource
from contract.model import ContractModel


class EvaluatedDataset(DatasetSource):
    """The dataset, and how many test records were sent."""

    records: int


class ConfusionMatrix(ContractModel):
    """Counts of records: rows are the actual class, columns the predicted one."""

    labels: tuple[int, ...] = Field(strict=False)
    matrix: tuple[Annotated[tuple[int, ...], Field(strict=False)], ...] = Field(strict=False)


class Metrics(ContractModel):
    """Metrics of the positive class, in scikit-learn's words.

    A ratio without a denominator (precision without a positive prediction)
    is 0, as scikit-learn has it. ``log_loss`` is in nats; None where the scores
    are no probabilities, as those of a model trained with ``hinge_loss`` are not.
    """

    accuracy: float
    precision: float
    recall: float
    f1: float
    roc_auc: float
    log_loss: float | None


class Latency(ContractModel):
    """Percentiles of the time that a request took, in milliseconds."""

    requests: int
    p50: float
    p90: float
    p99: float
    maximum: float


class Evaluation(ContractModel):
    """What a candidate answered to the test records.

    Attributes
    ----------
    endpoint
        The candidate.
    model
        The SageMaker model behind it.
    highest_negative_score, lowest_positive_score
        The score nearest below, and the score nearest above, the threshold:
        the highest among records predicted negative, and the lowest among
        those predicted positive. None where no record is predicted so.
    latency_ms
        Of the requests to the endpoint.
    seconds
        The whole time of inference, wall clock.
    """

    execution: str
    endpoint: str
    model: str
    dataset: EvaluatedDataset
    confusion_matrix: ConfusionMatrix
    metrics: Metrics
    highest_negative_score: float | None
    lowest_positive_score: float | None
    latency_ms: Latency
    seconds: float
    records_per_second: float
