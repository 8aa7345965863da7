"""Requests: the features in a body, in each of the formats."""

from collections.abc import Callable
from reprlib import repr as shortened
from typing import Final

from linear_learner.data.records import Features
from linear_learner.serving import csv_body, json_body, recordio_body
from linear_learner.serving.errors import ContentTypeError, PayloadError
from linear_learner.serving.media_types import CSV, JSON, JSON_LINES, RECORDIO


def decode(body: bytes, request_type: str, width: int) -> Features:
    """Return the features of a request, shape (records, width).

    Raises
    ------
    ContentTypeError
        If the media type is not one of the algorithm's.
    PayloadError
        If the body is empty, not of that type, or not records of that width.
    """
    if request_type not in _DECODERS:
        raise ContentTypeError(
            f"content type {shortened(request_type)}: expected one of {', '.join(_DECODERS)}"
        )
    if not body.strip():
        raise PayloadError("it is empty")
    return _DECODERS[request_type](body, width)


_DECODERS: Final[dict[str, Callable[[bytes, int], Features]]] = {
    CSV: csv_body.decode,
    JSON: json_body.decode,
    JSON_LINES: json_body.decode_lines,
    RECORDIO: recordio_body.decode,
}
