"""Instances: the features of one record, in the forms that JSON requests have for them."""

from collections.abc import Sequence
from itertools import accumulate, chain
from reprlib import repr as shortened
from typing import Any, Final, NamedTuple

import numpy as np

from linear_learner.data.records import Features
from linear_learner.json_objects import as_list, as_object
from linear_learner.serving.errors import PayloadError
from linear_learner.serving.matrix import matrix_of_rows, sparse_rows

_FORMS: Final = (
    '{"features": [...]} or {"data": {"features": {"values": [...]}}}, also with keys and shape'
)


class _Row(NamedTuple):
    """Values and, of a sparse record, their columns."""

    values: list[Any]
    keys: list[int] | None


def features_of(instances: Sequence[object], width: int) -> Features:
    """Return the features of instances: sparse where one of them is.

    Parameters
    ----------
    instances
        ``{"features": F}`` or ``{"data": {"features": F}}``, where F is a
        list or ``{"values": [...]}``, with ``keys`` and ``shape`` if sparse.
    width
        Number of features of the model.

    Raises
    ------
    PayloadError
        With the record, if one has none of these forms, something else than
        numbers, or not as many features.
    """
    rows = [_row(instance, record, width) for record, instance in enumerate(instances)]
    if all(row.keys is None for row in rows):
        return matrix_of_rows([row.values for row in rows], width)
    for record, row in enumerate(rows):
        if row.keys is None and len(row.values) != width:
            raise PayloadError(f"record {record} has {len(row.values)} features: expected {width}")
    keys = [range(width) if row.keys is None else row.keys for row in rows]
    return sparse_rows(
        np.array(list(chain.from_iterable(row.values for row in rows)), np.float64),
        np.array(list(chain.from_iterable(keys)), np.int64),
        np.array([0, *accumulate(len(row.values) for row in rows)]),
        (len(rows), width),
    )


def _row(instance: object, record: int, width: int) -> _Row:
    outer = as_object(instance) or {}
    found = (as_object(outer.get("data", outer)) or {}).get("features")
    tensor = as_object(found)
    values = as_list(found if tensor is None else tensor.get("values"))
    if values is None:
        raise PayloadError(f"record {record}: expected {_FORMS}")
    if not set(map(type, values)) <= {int, float}:
        column = next(i for i, value in enumerate(values) if type(value) not in (int, float))
        raise PayloadError(
            f"record {record}, column {column}: {shortened(values[column])} is not a number"
        )
    if tensor is None or tensor.get("keys") is None:
        return _Row(values, None)
    return _Row(values, _keys(tensor, record, len(values), width))


def _keys(tensor: dict[str, Any], record: int, values: int, width: int) -> list[int]:
    keys = as_list(tensor["keys"])
    if keys is None or len(keys) != values:
        raise PayloadError(f"record {record}: expected as many values as keys")
    if tensor.get("shape") != [width]:
        shape = shortened(tensor.get("shape"))
        raise PayloadError(f"record {record} has shape {shape}: expected [{width}]")
    for key in keys:
        if type(key) is not int or not 0 <= key < width:
            raise PayloadError(
                f"record {record}: key {shortened(key)}: expected one of 0 to {width - 1}"
            )
    return keys
