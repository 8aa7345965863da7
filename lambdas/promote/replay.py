"""Ask the live endpoint what the candidate was asked, and compare."""

import io
from typing import TYPE_CHECKING, Final

import numpy as np

from data_prep.recordio import write_dense
from lambdas.errors import InferenceFailed
from lambdas.inference import predict
from lambdas.predictions import Replay

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

SCORE_TOLERANCE: Final = 1e-6
"""Between two hosts of one model: float32 sums may end differently in their last bit.

Of the largest score, where scores go beyond 1, as those of the hinge loss do.
"""


def find_difference(runtime: "SageMakerRuntimeClient", endpoint: str, replay: Replay) -> str | None:
    """Return in what the endpoint answers otherwise than the candidate did; None if in nothing."""
    records = io.BytesIO()
    write_dense(records, replay.features)
    count = len(replay.features)
    try:
        found = predict(runtime, endpoint, records.getvalue(), count)
    except InferenceFailed as error:
        return str(error)
    labels = int(np.count_nonzero(found.labels != replay.expected.labels))
    furthest = float(np.abs(found.scores - replay.expected.scores).max(initial=0.0))
    allowed = SCORE_TOLERANCE * float(np.abs(replay.expected.scores).max(initial=1.0))
    if labels == 0 and furthest <= allowed:
        return None
    return (
        f"{labels} of {count} labels differ, scores by up to {furthest:.3g}"
        f" (allowed is {allowed:.3g})"
    )
