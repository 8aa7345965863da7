"""Instances: the features of one record, in the forms that JSON requests have for them."""

from reprlib import repr as shortened
from typing import Any, Final

from linear_learner.json_objects import as_list, as_object
from linear_learner.serving.errors import PayloadError

_FORMS: Final = '{"features": [...]} or {"data": {"features": {"values": [...]}}}'


def features_of(instance: object, record: int, width: int) -> list[Any]:
    """Return the features of an instance.

    Parameters
    ----------
    instance
        ``{"features": F}`` or ``{"data": {"features": F}}``, where F is a
        list or ``{"values": [...]}``, with ``keys`` and ``shape`` if sparse.
    record
        Its number, from 0.
    width
        Number of features that a sparse instance becomes.

    Raises
    ------
    PayloadError
        If it has none of these forms, or something else than numbers.
    """
    outer = as_object(instance) or {}
    found = (as_object(outer.get("data", outer)) or {}).get("features")
    tensor = as_object(found)
    if tensor is not None:
        sparse = tensor.get("keys") is not None
        found = _dense(tensor, record, width) if sparse else tensor.get("values")
    values = as_list(found)
    if values is None:
        raise PayloadError(f"record {record}: expected {_FORMS}")
    if not set(map(type, values)) <= {int, float}:
        column = next(i for i, value in enumerate(values) if type(value) not in (int, float))
        raise PayloadError(
            f"record {record}, column {column}: {shortened(values[column])} is not a number"
        )
    return values


def _dense(tensor: dict[str, Any], record: int, width: int) -> list[Any]:
    keys, values = as_list(tensor["keys"]), as_list(tensor.get("values"))
    if keys is None or values is None or len(keys) != len(values):
        raise PayloadError(f"record {record}: expected as many values as keys")
    if tensor.get("shape") != [width]:
        shape = shortened(tensor.get("shape"))
        raise PayloadError(f"record {record} has shape {shape}: expected [{width}]")
    row: list[Any] = [0.0] * width
    for key, value in zip(keys, values, strict=True):
        if type(key) is not int or not 0 <= key < width:
            raise PayloadError(
                f"record {record}: key {shortened(key)}: expected one of 0 to {width - 1}"
            )
        row[key] = value
    return row
