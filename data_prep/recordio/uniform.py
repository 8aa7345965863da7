"""Reading records that all have the layout of the first one: nothing is parsed or copied."""

from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.protobuf import Record, Tensor
from data_prep.recordio.tensors import FLOAT_TYPES
from data_prep.recordio.wire import INT32_TENSOR

_SMALL_INTEGER: Final = np.dtype("u1")
"""How an integer label from 0 to 127 is encoded: as itself, in one byte."""


def read_uniform(
    raw: NDArray[np.uint8], first: Record, stride: int
) -> tuple[NDArray[Any], NDArray[Any] | None] | None:
    """Read a file all of whose records have the layout of the first, or say that it is none."""
    columns = [(t, _value_type(t)) for t in (first.features, first.label) if t is not None]
    if first.features is None or len(raw) % stride or not all(dtype for _, dtype in columns):
        return None
    spans = sorted(tensor.values[0] for tensor, _ in columns)
    edges = [0, *chain.from_iterable(spans), stride]
    rows = raw.reshape(-1, stride)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if not (rows[:, start:end] == rows[0, start:end]).all():
            return None
    features, *label = (_column(raw, t, dtype, stride) for t, dtype in columns if dtype)
    if first.features.kind == INT32_TENSOR or (label and label[0].shape[1] != 1):
        return None
    if not label:
        return features, None
    labels = label[0][:, 0].copy()
    if labels.dtype != _SMALL_INTEGER:
        return features, labels
    return (features, labels.astype(np.int32)) if (labels < 0x80).all() else None


def _value_type(tensor: Tensor) -> np.dtype[Any] | None:
    """Return the type of a tensor that is nothing but one run of values of a fixed size."""
    if len(tensor.values) != 1 or tensor.keys or tensor.shape:
        return None
    return _SMALL_INTEGER if tensor.kind == INT32_TENSOR else FLOAT_TYPES[tensor.kind]


def _column(
    raw: NDArray[np.uint8], tensor: Tensor, dtype: np.dtype[Any], stride: int
) -> NDArray[Any]:
    """View the values that stand at the same place in every record."""
    start, end = tensor.values[0]
    shape = (len(raw) // stride, (end - start) // dtype.itemsize)
    return np.ndarray(shape, dtype, raw, start, (stride, dtype.itemsize))
