"""The media types of requests and answers, and how they are named in headers."""

from typing import Final

from linear_learner.serving.errors import AcceptError

CSV: Final = "text/csv"
JSON: Final = "application/json"
JSON_LINES: Final = "application/jsonlines"
RECORDIO: Final = "application/x-recordio-protobuf"

ANSWERS: Final = (JSON, JSON_LINES, RECORDIO)


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
    wanted = [media_type(part) for part in accept.split(",") if part.strip()]
    if not wanted:
        return default
    for choice in wanted:
        if choice in ANSWERS:
            return choice
        if choice in ("*/*", "application/*"):
            return default
    raise AcceptError(f"Accept {accept!r}: expected one of {', '.join(ANSWERS)}")
