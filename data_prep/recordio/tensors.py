"""From the encoded tensors of all records to arrays, whatever their layout."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import varints
from data_prep.recordio.protobuf import Span, Tensor
from data_prep.recordio.runs import Integers, bounds_of, copy_runs
from data_prep.recordio.sparse import SparseRecords
from data_prep.recordio.varints import Unsigned
from data_prep.recordio.wire import FLOAT32_TENSOR, FLOAT64_TENSOR, INT32_TENSOR, RecordIOError

FLOAT_TYPES: Final = {FLOAT32_TENSOR: np.dtype("<f4"), FLOAT64_TENSOR: np.dtype("<f8")}
_LARGEST_WIDTH: Final = (1 << 63) - 1
_NO_TENSOR: Final = Tensor()


class Spans(NamedTuple):
    """Where one repeated field of every tensor lies in the buffer.

    Attributes
    ----------
    bounds
        Shape (spans, 2): beginnings and ends, tensor after tensor.
    counts
        Shape (tensors,): how many of the spans are each tensor's.
    """

    bounds: Integers
    counts: Integers

    def totals(self, amounts: Integers) -> Integers:
        """Sum an amount of each span, shape (spans,), by tensor."""
        return np.diff(bounds_of(amounts)[bounds_of(self.counts)])

    def sizes(self) -> Integers:
        """Return the number of bytes of each tensor's spans."""
        return self.totals(self.bounds[:, 1] - self.bounds[:, 0])

    def of(self, first: int, last: int) -> "Spans":
        """Return the spans of the tensors from ``first`` to before ``last``."""
        start, size = int(self.counts[:first].sum()), int(self.counts[first:last].sum())
        return Spans(self.bounds[start : start + size], self.counts[first:last])


class Tensors(NamedTuple):
    """One tensor of every record, still encoded.

    Attributes
    ----------
    records
        Shape (records,): where each record begins.
    kinds
        Shape (records,): which tensor it is, 0 for none.
    """

    records: Integers
    kinds: Integers
    values: Spans
    keys: Spans
    shape: Spans

    def refuse(self, record: int, reason: str) -> RecordIOError:
        """Make the error for a record."""
        return RecordIOError(int(self.records[record]), f"the record {reason}")


def collect(records: Integers, tensors: Sequence[Tensor | None]) -> Tensors:
    """Bring the tensors of records that were parsed one by one into one form."""
    present = [tensor or _NO_TENSOR for tensor in tensors]
    return Tensors(
        records,
        np.array([tensor.kind for tensor in present]),
        _spans([tensor.values for tensor in present]),
        _spans([tensor.keys for tensor in present]),
        _spans([tensor.shape for tensor in present]),
    )


def _spans(by_tensor: Sequence[Sequence[Span]]) -> Spans:
    bounds = np.array(list(chain.from_iterable(by_tensor)), np.int64).reshape(-1, 2)
    return Spans(bounds, np.array([len(spans) for spans in by_tensor]))


def decode_labels(raw: NDArray[np.uint8], labels: Tensors) -> NDArray[Any] | None:
    """Return the label of each record, or None if no record has one.

    Raises
    ------
    RecordIOError
        If some have and others have not, or one has other than one value.
    """
    if not labels.kinds.any():
        return None
    values, counts = _numbers(raw, labels, "label")
    wrong = np.flatnonzero(counts != 1)
    if len(wrong):
        record = int(wrong[0])
        raise labels.refuse(record, f"has a label of {counts[record]} values: expected one")
    return values


def decode_features(raw: NDArray[np.uint8], features: Tensors) -> NDArray[Any] | SparseRecords:
    """Return the features of all records.

    Raises
    ------
    RecordIOError
        If a record has none, contradicts itself, or has another number of
        features than the first.
    """
    values, counts = _numbers(raw, features, "features")
    keys, key_counts = _integers(raw, features.keys)
    dimensions, ranks = _integers(raw, features.shape)
    widths = _widths(dimensions, ranks, counts)
    width = int(widths[0])
    keyed = key_counts > 0
    faulty = (widths != width) | (widths > _LARGEST_WIDTH)
    faulty |= keyed & ((ranks == 0) | (key_counts != counts))
    faulty |= ~keyed & (counts != 0) & (counts.astype(np.uint64) != widths)
    if faulty.any():
        record = int(np.argmax(faulty))
        numbers = (int(of[record]) for of in (counts, key_counts, ranks, widths))
        raise features.refuse(record, _fault(*numbers, first_width=width))
    if not len(keys) and (counts == width).all():
        return values.reshape(len(counts), width)
    if len(keys) and int(keys.max()) >= width:
        key = int(np.argmax(keys >= width))
        record = int(np.searchsorted(np.cumsum(key_counts), key, side="right"))
        raise features.refuse(record, f"has the key {keys[key]}, but {width} features")
    return SparseRecords(
        data=values,
        indices=_columns(keys, key_counts, counts, _column_type(width)),
        indptr=bounds_of(counts),
        shape=(len(counts), width),
    )


def _fault(count: int, key_count: int, rank: int, width: int, *, first_width: int) -> str:
    """Say what is wrong with a record's numbers of values, keys and features."""
    if key_count and not rank:
        return "has keys, but no shape"
    if key_count and key_count != count:
        return f"has {count} values, but {key_count} keys"
    if not key_count and count not in (0, width):
        return f"has {count} values, but a shape of {width}"
    if width > _LARGEST_WIDTH:
        return f"has a shape of too many features: expected at most {_LARGEST_WIDTH}"
    return f"has {width} features, but the first record {first_width}"


def _widths(dimensions: Unsigned, ranks: Integers, counts: Integers) -> NDArray[np.uint64]:
    """Return each record's number of features: its shape's or, without one, its values'."""
    widths = counts.astype(np.uint64)
    firsts = bounds_of(ranks)[:-1]
    flat = np.flatnonzero(ranks == 1)
    widths[flat] = dimensions[firsts[flat]]
    for record in np.flatnonzero(ranks > 1).tolist():
        first = int(firsts[record])
        widths[record] = _product(dimensions[first : first + int(ranks[record])].tolist())
    return widths


def _product(dimensions: list[int]) -> int:
    """Multiply sizes, up to one that is refused: a long shape would take minutes otherwise."""
    product = 1
    for size in dimensions:
        product = min(product * size, _LARGEST_WIDTH + 1)
    return product


def _column_type(width: int) -> np.dtype[Any]:
    """Return the narrower of the types that hold all columns."""
    return np.dtype(np.int32 if width <= 1 << 31 else np.int64)


def _columns(
    keys: Unsigned, key_counts: Integers, counts: Integers, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Return the column of each value; those of a dense record are all columns."""
    if len(keys) == counts.sum():
        return keys.astype(dtype)
    columns = np.arange(int(counts.sum())) - np.repeat(bounds_of(counts)[:-1], counts)
    columns[np.repeat(key_counts > 0, counts)] = keys
    return columns.astype(dtype)


def _numbers(raw: NDArray[np.uint8], tensors: Tensors, what: str) -> tuple[NDArray[Any], Integers]:
    """Decode the values of all tensors, and count each one's."""
    parts: list[NDArray[Any]] = []
    counts: list[Integers] = []
    for first, last in _runs(tensors.kinds):
        spans = tensors.values.of(first, last)
        kind = int(tensors.kinds[first])
        if kind in FLOAT_TYPES:
            dtype = FLOAT_TYPES[kind]
            parts.append(_gather(raw, spans).view(dtype))
            counts.append(spans.sizes() // dtype.itemsize)
        elif kind == INT32_TENSOR:
            integers, sizes = _integers(raw, spans)
            parts.append(integers.astype(np.uint32).view(np.int32))
            counts.append(sizes)
        else:
            raise tensors.refuse(first, f"has no tensor of numbers as its {what}")
    # To another type, a NaN may be a signaling one: it stays a NaN.
    with np.errstate(invalid="ignore"):
        return np.concatenate(parts), np.concatenate(counts)


def _runs(kinds: Integers) -> Iterator[tuple[int, int]]:
    """Divide tensors into runs of one kind."""
    changes = (np.flatnonzero(np.diff(kinds)) + 1).tolist()
    return zip([0, *changes], [*changes, len(kinds)], strict=True)


def _integers(raw: NDArray[np.uint8], spans: Spans) -> tuple[Unsigned, Integers]:
    """Decode the integers of all tensors, and count each one's."""
    encoded = _gather(raw, spans)
    try:
        values, ends = varints.decode(encoded)
    except varints.VarintError as error:
        raise RecordIOError(
            _locate(spans, error.position), "an integer is longer than 64 bits"
        ) from error
    return values, np.diff(np.searchsorted(ends, bounds_of(spans.sizes()), side="right"))


def _gather(raw: NDArray[np.uint8], spans: Spans) -> NDArray[np.uint8]:
    """Copy all spans, one behind the other."""
    starts, ends = spans.bounds.T
    places = bounds_of(ends - starts)
    gathered = np.empty(int(places[-1]), np.uint8)
    copy_runs(raw, starts, gathered, places[:-1], ends - starts)
    return gathered


def _locate(spans: Spans, position: int) -> int:
    """Find where in the buffer a gathered byte stands."""
    ends = np.cumsum(spans.bounds[:, 1] - spans.bounds[:, 0])
    span = int(np.searchsorted(ends, position, side="right"))
    return int(spans.bounds[span, 1] - ends[span]) + position
