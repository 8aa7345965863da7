"""Requests: the features in a body, in each of the formats."""

from collections.abc import Callable
from reprlib import repr as shortened
from typing import Any, Final

import numpy as np
import orjson

from data_prep.recordio import RecordIOError, SparseRecords, read
from linear_learner.arrays import Floats
from linear_learner.json_objects import as_list, as_object
from linear_learner.serving.errors import ContentTypeError, PayloadError, PayloadSizeError
from linear_learner.serving.instances import features_of
from linear_learner.serving.matrix import finite_matrix, matrix_of_rows
from linear_learner.serving.media_types import CSV, JSON, JSON_LINES, RECORDIO

MOST_VALUES: Final = 1 << 24
"""The most values that a request may stand for: sparse records are far larger than their bytes."""

_PLAIN_CSV: Final = b"0123456789.,+-eE\n "


def decode(body: bytes, request_type: str, width: int) -> Floats:
    """Return the features of a request, shape (records, width).

    Raises
    ------
    ContentTypeError
        If the media type is not one of the algorithm's.
    PayloadError
        If the body is empty, not of that type, or not records of that width.
    PayloadSizeError
        If its records are more than `MOST_VALUES` together.
    """
    if request_type not in _DECODERS:
        raise ContentTypeError(
            f"content type {shortened(request_type)}: expected one of {', '.join(_DECODERS)}"
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
                row.append(_number(cell))
            except ValueError:
                shown = shortened(cell.decode(errors="replace").strip())
                raise PayloadError(
                    f"record {record}, column {column}: {shown} is not a number"
                ) from None
        rows.append(row)
    return rows


def _number(cell: bytes) -> float:
    # Python's own digit grouping (1_000) is nobody else's.
    if b"_" in cell:
        raise ValueError(cell)
    return float(cell)


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
    rows: list[list[Any]] = []
    values = 0
    for record, instance in enumerate(instances):
        row = features_of(instance, record, width)
        values += len(row)
        _check_size(values)
        rows.append(row)
    return matrix_of_rows(rows, width)


def _check_size(values: int) -> None:
    if values > MOST_VALUES:
        raise PayloadSizeError(
            f"the records have more than {MOST_VALUES} values together: send fewer at once"
        )


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
    _check_size(records.shape[0] * width)
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
