"""The WSGI application: a model behind ``/ping`` and ``/invocations``."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.model import LinearModel
from linear_learner.serving.answers import encode
from linear_learner.serving.errors import PayloadError, PayloadSizeError, RequestError
from linear_learner.serving.media_types import answer_type, media_type
from linear_learner.serving.requests import decode

MAXIMUM_BODY: Final = 6 * 1024 * 1024
"""SageMaker's limit for a request to an endpoint, in bytes."""

_MOST_DISCARDED: Final = 100 * 1024 * 1024
_PIECE: Final = 1 << 16
_TEXT: Final = "text/plain; charset=utf-8"

Environment = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
Answer = tuple[HTTPStatus, str, bytes]


class Application:
    """Answers requests with a model.

    Parameters
    ----------
    model
        What answers.
    """

    def __init__(self, model: LinearModel) -> None:
        self._model = model

    def __call__(self, environment: Environment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, content_type, body = self._route(environment)
        except RequestError as error:
            status, content_type, body = error.status, _TEXT, str(error).encode()
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    def _route(self, environment: Environment) -> Answer:
        method, path = environment["REQUEST_METHOD"], environment["PATH_INFO"]
        match path, method:
            case "/ping", "GET":
                return HTTPStatus.OK, _TEXT, b""
            case "/invocations", "POST":
                return self._invoke(environment)
            case "/ping" | "/invocations", _:
                return HTTPStatus.METHOD_NOT_ALLOWED, _TEXT, f"{method} {path}".encode()
            case _:
                return HTTPStatus.NOT_FOUND, _TEXT, path.encode()

    def _invoke(self, environment: Environment) -> Answer:
        body = _read_body(environment)
        request_type = media_type(environment.get("CONTENT_TYPE", ""))
        chosen = answer_type(environment.get("HTTP_ACCEPT", ""), request_type)
        features = decode(body, request_type, self._model.feature_dim)
        scores = self._scores(features)
        return HTTPStatus.OK, chosen, encode(scores, self._model.labels(scores), chosen)

    def _scores(self, features: Floats) -> Floats:
        # Products that are beyond float32 may cancel out: infinity minus infinity is no score.
        with np.errstate(over="ignore", invalid="ignore"):
            scores = self._model.scores(features)
        if np.isnan(scores).any():
            record = int(np.argmax(np.isnan(scores)))
            raise PayloadError(f"record {record}: the features are too large for the model")
        return scores


def _read_body(environment: Environment) -> bytes:
    """Read the body up to the limit.

    Of a larger one the rest is read too, and thrown away: a client that is
    still sending would not see the answer otherwise.
    """
    stream = environment["wsgi.input"]
    body: bytes = stream.read(MAXIMUM_BODY + 1)
    if len(body) <= MAXIMUM_BODY:
        return body
    discarded = 0
    while discarded < _MOST_DISCARDED and (piece := stream.read(_PIECE)):
        discarded += len(piece)
    raise PayloadSizeError(f"the payload is over {MAXIMUM_BODY} bytes: send fewer records at once")
