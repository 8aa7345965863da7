"""JSON requests: instances in one document, or one a line."""

from typing import Any, Final

import numpy as np
import orjson

from linear_learner.arrays import Floats
from linear_learner.data.records import Features
from linear_learner.json_objects import as_list, as_object
from linear_learner.serving import numbers
from linear_learner.serving.errors import PayloadError
from linear_learner.serving.instances import features_of
from linear_learner.serving.lines import with_plain_line_ends
from linear_learner.serving.matrix import finite_matrix

_PLAIN_FORMS: Final = (("/features", 1), ("/data/features/values", 3))
"""Where the features of a dense instance are, and how many names there are in one."""

_FLOAT64_BYTES: Final = 8


def decode(body: bytes, width: int) -> Features:
    """Return the features of ``{"instances": [...]}``, or of one instance alone.

    Raises
    ------
    PayloadError
        If it is not JSON, has no instances, or as `features_of`.
    """
    plain = _decode_plain(body, width)
    if plain is not None:
        return plain
    document = _load(body, "it")
    # One record may stand alone.
    instances = as_list((as_object(document) or {}).get("instances", [document]))
    if not instances:
        raise PayloadError('expected {"instances": [...]} with at least one instance')
    return features_of(instances, width)


def decode_lines(body: bytes, width: int) -> Features:
    """Return the features of an instance a line.

    Raises
    ------
    PayloadError
        If a line is not JSON, or as `features_of`.
    """
    lines = with_plain_line_ends(body).strip().split(b"\n")
    document = b'{"instances": [' + b",".join(lines) + b"]}"
    plain = None
    # A line break within an instance would be lost in the document.
    if all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
        plain = _decode_plain(document, width)
    if plain is not None and len(plain) == len(lines):
        return plain
    return features_of([_load(line, f"record {i}") for i, line in enumerate(lines)], width)


def _decode_plain(body: bytes, width: int) -> Floats | None:
    """Read dense instances that are all of one form, and have nothing else in them.

    The parser flattens lists of lists, and takes the first of equal names; so
    brackets and quotes have to be as many as such a document has.
    """
    # Of bytes that are many, numpy counts one kind several times as fast as `bytes.count`.
    characters = np.frombuffer(body, np.uint8)
    quotes, brackets = (np.count_nonzero(characters == ord(one)) for one in '"[')
    try:
        instances = numbers.parse(body)["instances"]
        for pointer, names in _PLAIN_FORMS:
            if (quotes, brackets) == (2 * (1 + names * len(instances)), 1 + len(instances)):
                rows = [one.at_pointer(pointer).as_buffer(of_type="d") for one in instances]
                break
        else:
            return None
    except numbers.NOT_PLAIN:
        return None
    if not rows or any(memoryview(row).nbytes != width * _FLOAT64_BYTES for row in rows):
        return None
    return finite_matrix(np.frombuffer(b"".join(rows)).reshape(-1, width), width)


def _load(text: bytes, what: str) -> Any:  # noqa: ANN401 - JSON may be anything
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise PayloadError(f"{what} is not JSON: {error}") from error
