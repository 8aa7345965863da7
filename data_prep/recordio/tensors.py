"""From the tensors of parsed records to arrays, whatever their layout."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import varints
from data_prep.recordio.protobuf import Record, Span, Tensor
from data_prep.recordio.sparse import SparseRecords
from data_prep.recordio.wire import FLOAT32_TENSOR, FLOAT64_TENSOR, INT32_TENSOR, RecordIOError

FLOAT_TYPES: Final = {FLOAT32_TENSOR: np.dtype("<f4"), FLOAT64_TENSOR: np.dtype("<f8")}
_LARGEST_WIDTH: Final = (1 << 63) - 1


def assemble_labels(raw: NDArray[np.uint8], records: Sequence[Record]) -> NDArray[Any] | None:
    """Return the label of each record, or None if no record has one.

    Raises
    ------
    RecordIOError
        If some have and others have not, or one has other than one value.
    """
    if all(record.label is None for record in records):
        return None
    values, counts = _numbers(raw, records, [record.label for record in records], "label")
    for record, count in zip(records, counts, strict=True):
        if count != 1:
            _refuse(record, f"has a label of {count} values: expected one")
    return values


def assemble_features(
    raw: NDArray[np.uint8], records: Sequence[Record]
) -> NDArray[Any] | SparseRecords:
    """Return the features of all records.

    Raises
    ------
    RecordIOError
        If a record has none, contradicts itself, or has another number of
        features than the first.
    """
    features = [record.features for record in records]
    values, counts = _numbers(raw, records, features, "features")
    present = [tensor for tensor in features if tensor is not None]
    keys, key_counts = _integers(raw, [tensor.keys for tensor in present])
    dimensions, ranks = _integers(raw, [tensor.shape for tensor in present])
    widths = _widths(dimensions.tolist(), ranks, counts)
    for record, count, key_count, rank, width in zip(
        records, counts, key_counts, ranks, widths, strict=True
    ):
        fault = _fault(count, key_count, rank, width, widths[0])
        if fault:
            _refuse(record, fault)
    if widths == counts and not len(keys):
        return values.reshape(len(records), widths[0])
    return SparseRecords(
        data=values,
        indices=_indices(records, keys, key_counts, counts, widths[0]),
        indptr=np.cumsum([0, *counts]),
        shape=(len(records), widths[0]),
    )


def _fault(count: int, key_count: int, rank: int, width: int, first_width: int) -> str | None:
    """Say what is wrong with a record's numbers of values, keys and features, if anything."""
    if key_count and not rank:
        return "has keys, but no shape"
    if key_count and key_count != count:
        return f"has {count} values, but {key_count} keys"
    if not key_count and count not in (0, width):
        return f"has {count} values, but a shape of {width}"
    if width > _LARGEST_WIDTH:
        return f"has a shape of {width}: expected at most {_LARGEST_WIDTH}"
    if width != first_width:
        return f"has {width} features, but the first record {first_width}"
    return None


def _refuse(record: Record, reason: str) -> NoReturn:
    raise RecordIOError(record.start, f"the record {reason}")


def _widths(dimensions: list[int], ranks: list[int], counts: list[int]) -> list[int]:
    """Return each record's number of features: its shape's or, without one, its values'."""
    widths: list[int] = []
    position = 0
    for rank, count in zip(ranks, counts, strict=True):
        shape = dimensions[position : position + rank]
        widths.append(math.prod(shape) if rank else count)
        position += rank
    return widths


def _indices(
    records: Sequence[Record],
    keys: NDArray[np.uint64],
    key_counts: list[int],
    counts: list[int],
    width: int,
) -> NDArray[np.int64]:
    """Return the column of each value; those of a dense record are all columns."""
    ends = np.cumsum(key_counts)
    outside = np.flatnonzero(keys >= width)
    if len(outside):
        first = int(outside[0])
        record = records[int(np.searchsorted(ends, first, side="right"))]
        _refuse(record, f"has the key {keys[first]}, but {width} features")
    indices = keys.astype(np.int64)
    if key_counts == counts:
        return indices
    every = np.arange(width if len(keys) < sum(counts) else 0)
    return np.concatenate(
        [
            indices[end - size : end] if size else every[:count]
            for end, size, count in zip(ends.tolist(), key_counts, counts, strict=True)
        ]
    )


def _numbers(
    raw: NDArray[np.uint8],
    records: Sequence[Record],
    tensors: Sequence[Tensor | None],
    what: str,
) -> tuple[NDArray[Any], list[int]]:
    """Decode the values of all tensors, and count each one's."""
    parts: list[NDArray[Any]] = []
    counts: list[int] = []
    for kind, run in groupby(tensors, lambda tensor: tensor.kind if tensor else 0):
        spans = [tensor.values for tensor in run if tensor]
        if kind in FLOAT_TYPES:
            dtype = FLOAT_TYPES[kind]
            parts.append(_gather(raw, chain.from_iterable(spans)).view(dtype))
            counts += [sum(end - start for start, end in s) // dtype.itemsize for s in spans]
        elif kind == INT32_TENSOR:
            integers, sizes = _integers(raw, spans)
            parts.append(integers.astype(np.uint32).view(np.int32))
            counts += sizes
        else:
            _refuse(records[len(counts)], f"has no tensor of numbers as its {what}")
    return np.concatenate(parts), counts


def _integers(
    raw: NDArray[np.uint8], tensors: Sequence[Sequence[Span]]
) -> tuple[NDArray[np.uint64], list[int]]:
    """Decode integers from the spans of each tensor, and count each one's."""
    encoded = _gather(raw, chain.from_iterable(tensors))
    try:
        values = varints.decode(encoded)
    except varints.VarintError as error:
        offset = _locate(chain.from_iterable(tensors), error.position)
        raise RecordIOError(offset, "an integer is longer than 64 bits") from error
    sizes = [sum(end - start for start, end in spans) for spans in tensors]
    ended = np.concatenate(([0], np.cumsum(encoded < 0x80)))
    return values, np.diff(ended[np.cumsum([0, *sizes])]).tolist()


def _gather(raw: NDArray[np.uint8], spans: Iterable[Span]) -> NDArray[np.uint8]:
    view = raw.data
    return np.frombuffer(b"".join(view[start:end] for start, end in spans), np.uint8)


def _locate(spans: Iterable[Span], position: int) -> int:
    """Find where in the buffer a gathered byte stands."""
    for start, end in spans:
        if position < end - start:
            return start + position
        position -= end - start
    raise AssertionError("the position lies in one of the spans")
