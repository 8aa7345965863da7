"""The endpoint: a request's body in, the answer's out."""

from http import HTTPStatus
from typing import Final, NamedTuple

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.data.records import Features
from linear_learner.model import LinearModel
from linear_learner.serving.answers import encode
from linear_learner.serving.errors import PayloadError, PayloadSizeError, RequestError
from linear_learner.serving.media_types import answer_type, media_type
from linear_learner.serving.requests import decode

MOST_SCORES: Final = 1 << 22
"""The most scores of an answer: a few bytes may ask for those of very many classes."""

_QUICK_BODY: Final = 1 << 19
_QUICK_SCORES: Final = 1 << 18
"""Both take less than a tenth of a second."""

_LEAST_SPARSE_RECORD: Final = 24
"""Bytes: a sparse record may leave out all features. A dense one has two for each of them."""

TEXT: Final = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """What is sent back."""

    status: HTTPStatus
    content_type: str
    body: bytes


class Endpoint:
    """Answers requests with a model.

    Parameters
    ----------
    model
        What answers.
    """

    def __init__(self, model: LinearModel) -> None:
        self._model = model

    def is_quick(self, size: int) -> bool:
        """Tell whether a body of so many bytes is answered at once, whatever is in it."""
        features, outputs = self._model.weights.shape
        most_records = size / min(2 * features, _LEAST_SPARSE_RECORD)
        return size <= _QUICK_BODY and most_records * outputs <= _QUICK_SCORES

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Answer a request; what is wrong with it is an answer too.

        Parameters
        ----------
        body
            The request's.
        content_type, accept
            Its headers; empty where there is none.
        """
        try:
            return self._evaluate(body, media_type(content_type), accept)
        except RequestError as error:
            return refusal(error)

    def _evaluate(self, body: bytes, request_type: str, accept: str) -> Answer:
        chosen = answer_type(accept, request_type)
        features = decode(body, request_type, self._model.feature_dim)
        scores = self._scores(features)
        return Answer(HTTPStatus.OK, chosen, encode(scores, self._model.labels(scores), chosen))

    def _scores(self, features: Features) -> Floats:
        records, outputs = len(features), self._model.weights.shape[1]
        if records * outputs > MOST_SCORES:
            raise PayloadSizeError(
                f"{records} records have {records * outputs} scores: expected {MOST_SCORES} at most"
            )
        # Products that are beyond float32 may cancel out: infinity minus infinity is no score.
        with np.errstate(over="ignore", invalid="ignore"):
            scores = self._model.scores(features)
        finite = np.isfinite(scores).reshape(records, -1).all(axis=1)
        if not finite.all():
            record = int(np.argmin(finite))
            raise PayloadError(f"record {record}: the features are too large for the model")
        return scores


def refusal(error: RequestError) -> Answer:
    """Return the answer that says why there is none."""
    return Answer(error.status, TEXT, str(error).encode())
