"""The media types of requests and answers, and how they are named in headers."""

import re
from reprlib import repr as shortened
from typing import Final

from linear_learner.serving.errors import AcceptError

CSV: Final = "text/csv"
JSON: Final = "application/json"
JSON_LINES: Final = "application/jsonlines"
RECORDIO: Final = "application/x-recordio-protobuf"

ANSWERS: Final = (JSON, JSON_LINES, RECORDIO)

_QUALITY: Final = re.compile(r";\s*q=(\d(?:\.\d+)?)\s*(?:;|$)")


def media_type(header: str) -> str:
    """Return a header's media type without its parameters: ``text/csv; charset=utf-8``."""
    return header.partition(";")[0].strip().lower()


def answer_type(accept: str, request_type: str) -> str:
    """Choose the format of the answer.

    Parameters
    ----------
    accept
        The Accept header; empty where there is none.
    request_type
        The request's media type: JSON lines are answered with JSON lines,
        anything else with JSON, unless another format is asked for.

    Raises
    ------
    AcceptError
        If none of the formats asked for is known.
    """
    default = JSON_LINES if request_type == JSON_LINES else JSON
    wanted = sorted(filter(str.strip, accept.split(",")), key=_quality, reverse=True)
    if not wanted:
        return default
    for choice in wanted:
        if _quality(choice) > 0:
            asked = media_type(choice)
            if asked in ANSWERS:
                return asked
            if asked in ("*/*", "application/*"):
                return default
    raise AcceptError(f"Accept {shortened(accept)}: expected one of {', '.join(ANSWERS)}")


def _quality(choice: str) -> float:
    """Return how much a format is wanted: 1 unless its ``q`` says less."""
    found = _QUALITY.search(choice)
    return float(found[1]) if found else 1
