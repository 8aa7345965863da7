"""Records to an endpoint, predictions back.

Permissions: ``sagemaker:InvokeEndpoint`` on the endpoint.
"""

import json
import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from botocore.exceptions import ClientError

from contract.names import SHARD_CONTENT_TYPE
from lambdas.errors import InferenceFailed
from lambdas.objects import error_code
from lambdas.predictions import Predictions

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

RETRY_DELAYS: Final = (0.5, 1.0, 2.0, 4.0)
"""Seconds between attempts at what the client itself does not retry, as it does throttling."""

_PASSING: Final = ("ModelNotReadyException", "InternalDependencyException")
_MODEL_ERROR: Final = "ModelError"


def predict(
    runtime: "SageMakerRuntimeClient", endpoint: str, records: bytes, count: int
) -> Predictions:
    """Send records to an endpoint that hosts a binary classifier.

    Parameters
    ----------
    records
        recordIO-protobuf. Labels in it do no harm: the algorithm reads the
        features alone.
    count
        How many records those are.

    Raises
    ------
    InferenceFailed
        If the model refuses the records, goes on failing, or answers
        otherwise than with one label and one score a record.
    """
    try:
        answer = _invoke(runtime, endpoint, records)
    except ClientError as error:
        if error_code(error) != _MODEL_ERROR:
            raise
        raise InferenceFailed(f"endpoint {endpoint}, {count} records: {error}") from error
    return _parse(answer, endpoint, count)


def _parse(answer: bytes, endpoint: str, count: int) -> Predictions:
    try:
        predictions = json.loads(answer)["predictions"]
        labels = np.array([p["predicted_label"] for p in predictions], np.int64)
        scores = np.array([p["score"] for p in predictions], np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise InferenceFailed(
            f"endpoint {endpoint} answered {answer[:200]!r}: expected"
            ' {"predictions": [{"score": ..., "predicted_label": ...}, ...]}'
        ) from error
    binary = np.isfinite(scores).all() and np.isin(labels, (0, 1)).all()
    if labels.shape != (count,) or not binary:
        raise InferenceFailed(
            f"endpoint {endpoint} answered {len(labels)} predictions to {count} records:"
            " expected a finite score and the label 0 or 1 to each"
        )
    return Predictions(labels=labels, scores=scores)


def _invoke(runtime: "SageMakerRuntimeClient", endpoint: str, records: bytes) -> bytes:
    for delay in RETRY_DELAYS:
        try:
            return _invoke_once(runtime, endpoint, records)
        except ClientError as error:
            if not _passes(error):
                raise
        time.sleep(delay)
    return _invoke_once(runtime, endpoint, records)


def _invoke_once(runtime: "SageMakerRuntimeClient", endpoint: str, records: bytes) -> bytes:
    response = runtime.invoke_endpoint(
        EndpointName=endpoint,
        ContentType=SHARD_CONTENT_TYPE,
        Accept="application/json",
        Body=records,
    )
    return response["Body"].read()


def _passes(error: ClientError) -> bool:
    """Tell whether another attempt may do better: the model may fail for a moment."""
    status: Any = error.response.get("OriginalStatusCode", 0)
    return error_code(error) in _PASSING or (error_code(error) == _MODEL_ERROR and status >= 500)
