"""Requests: the features in a body, in each of the formats."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import orjson

from data_prep.recordio import RecordIOError, SparseRecords, read
from linear_learner.arrays import Floats
from linear_learner.json_objects import as_list, as_object
from linear_learner.serving.errors import ContentTypeError, PayloadError
from linear_learner.serving.instances import features_of
from linear_learner.serving.matrix import finite_matrix, matrix_of_rows
from linear_learner.serving.media_types import CSV, JSON, JSON_LINES, RECORDIO

_PLAIN_CSV: Final = b"0123456789.,+-eE\n "


def decode(body: bytes, request_type: str, width: int) -> Floats:
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
            f"content type {request_type!r}: expected one of {', '.join(_DECODERS)}"
        )
    if not body.strip():
        raise PayloadError("it is empty")
    return _DECODERS[request_type](body, width)


def _decode_csv(body: bytes, width: int) -> Floats:
    text = body.replace(b"\r\n", b"\n").strip(b"\n")
    # A JSON parser reads plain numbers several times as fast as Python does.
    if not text.translate(None, _PLAIN_CSV):
        try:
            rows = orjson.loads(b"[[" + text.replace(b"\n", b"],[") + b"]]")
        except orjson.JSONDecodeError:
            rows = _parse_csv(text)
    else:
        rows = _parse_csv(text)
    return matrix_of_rows(rows, width)


def _parse_csv(text: bytes) -> list[list[float]]:
    """Read anything that Python takes for a number (``.5``, ``1.``, ``007``), or say where not."""
    rows: list[list[float]] = []
    for record, line in enumerate(text.split(b"\n")):
        row: list[float] = []
        for column, cell in enumerate(line.split(b",")):
            try:
                row.append(float(cell))
            except ValueError:
                shown = cell.decode(errors="replace").strip()
                raise PayloadError(
                    f"record {record}, column {column}: {shown!r} is not a number"
                ) from None
        rows.append(row)
    return rows


def _decode_json(body: bytes, width: int) -> Floats:
    document = _load_json(body, "it")
    # One record may stand alone.
    instances = (as_object(document) or {}).get("instances", [document])
    if not as_list(instances):
        raise PayloadError('expected {"instances": [...]} with at least one instance')
    return _matrix_of_instances(instances, width)


def _decode_json_lines(body: bytes, width: int) -> Floats:
    lines = body.strip().split(b"\n")
    instances = [_load_json(line, f"record {record}") for record, line in enumerate(lines)]
    return _matrix_of_instances(instances, width)


def _load_json(text: bytes, what: str) -> Any:  # noqa: ANN401 - JSON may be anything
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise PayloadError(f"{what} is not JSON: {error}") from error


def _matrix_of_instances(instances: list[Any], width: int) -> Floats:
    rows = [features_of(instance, record, width) for record, instance in enumerate(instances)]
    return matrix_of_rows(rows, width)


def _decode_recordio(body: bytes, width: int) -> Floats:
    try:
        features, _ = read(body)
    except RecordIOError as error:
        raise PayloadError(str(error)) from error
    if isinstance(features, SparseRecords):
        features = _dense(features, width)
    return finite_matrix(features, width)


def _dense(records: SparseRecords, width: int) -> np.ndarray:
    if records.shape[1] != width:
        raise PayloadError(f"record 0 has {records.shape[1]} features: expected {width}")
    dense = np.zeros(records.shape, np.float64)
    rows = np.repeat(np.arange(records.shape[0]), np.diff(records.indptr))
    dense[rows, records.indices] = records.data
    return dense


_DECODERS: Final[dict[str, Callable[[bytes, int], Floats]]] = {
    CSV: _decode_csv,
    JSON: _decode_json,
    JSON_LINES: _decode_json_lines,
    RECORDIO: _decode_recordio,
}
