"""Sparse recordIO in the layout of the SageMaker SDK, decoded at once.

One loop does here what `data_prep.recordio` does with many passes of numpy; it
knows one layout alone (features with values, keys and shape in that order, then
the label) and leaves everything else, errors too, to `data_prep.recordio`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.wire import MAGIC, TENSOR_NAME
from linear_learner.compiled import LEAN, compiled

Integer = int | np.int64

_ONE: Final = np.uint64(1)
"""What counts positions: numpy's rule for negative ones costs time with signed numbers."""

_FRAME = 8
_FEATURES, _LABEL = 0x0A, 0x12
_FLOAT32, _FLOAT64, _INT32 = 0x12, 0x1A, 0x3A
_VALUES, _KEYS, _SHAPE = 0x0A, 0x12, 0x1A
_LARGEST_SHIFT = 21
"""Of the last digit of a varint below 2^28: longer ones are left to `data_prep.recordio`."""

_NAME: Final = (0x0A, len(TENSOR_NAME), *TENSOR_NAME, 0x12)
"""What stands between the length of a map's entry and the length of its value."""

OTHER_LAYOUT: Final = -1


@compiled(**LEAN)
def _varint(raw: NDArray[np.uint8], at: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Decode a small varint, and say where it ends; -1 if it does not end in time."""
    value, shift = 0, 0
    while at < end and shift <= _LARGEST_SHIFT:
        byte = np.int64(raw[at])
        value |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if byte < 0x80:
            return value, at
    return 0, -1


@compiled(**LEAN)
def _word(raw: NDArray[np.uint8], at: Integer, size: int) -> Integer:
    """Return the little-endian integer of some bytes."""
    word = 0
    for place in range(size):
        word |= np.int64(raw[at + place]) << (8 * place)
    return word


@compiled(**LEAN)
def _open_tensor(
    raw: NDArray[np.uint8], at: Integer, end: Integer, field: Integer
) -> tuple[Integer, Integer, Integer]:
    """Open a map's entry with one tensor in it: the tensor's kind, beginning and end."""
    if at >= end or raw[at] != field:
        return 0, -1, -1
    size, at = _varint(raw, at + 1, end)
    entry_end = at + size
    if at < 0 or entry_end > end or at + len(_NAME) > entry_end:
        return 0, -1, -1
    position = np.uint64(at)
    for place in range(np.uint64(len(_NAME))):
        if raw[position + place] != _NAME[place]:
            return 0, -1, -1
    size, at = _varint(raw, at + len(_NAME), entry_end)
    if at < 0 or at + size != entry_end or at >= entry_end:
        return 0, -1, -1
    kind = np.int64(raw[at])
    size, at = _varint(raw, at + 1, entry_end)
    if at < 0 or at + size != entry_end:
        return 0, -1, -1
    return kind, at, entry_end


@compiled(**LEAN)
def _packed(
    raw: NDArray[np.uint8], at: Integer, end: Integer, field: Integer
) -> tuple[Integer, Integer]:
    """Open a packed field, if it is there: beginning and end; both -1 if it is damaged."""
    if at >= end or raw[at] != field:
        return at, at
    size, at = _varint(raw, at + 1, end)
    if at < 0 or at + size > end:
        return -1, -1
    return at, at + size


@compiled(**LEAN)
def _decode_keys(
    raw: NDArray[np.uint8],
    at: Integer,
    end: Integer,
    columns: NDArray[np.int32],
    stored: Integer,
    count: Integer,
) -> tuple[Integer, Integer, Integer]:
    """Decode as many keys as there are values: where they end, whether they rise, the largest."""
    previous, largest, rising = -1, -1, 1
    position, last, place = np.uint64(at), np.uint64(end), np.uint64(stored)
    for _ in range(count):
        key, shift, more = 0, 0, True
        while more:
            if position >= last or shift > _LARGEST_SHIFT:
                return -1, 0, 0
            byte = np.int64(raw[position])
            key |= (byte & 0x7F) << shift
            shift += 7
            position += _ONE
            more = byte >= 0x80
        if key <= previous:
            rising = 0
        largest = max(largest, key)
        previous = key
        columns[place] = key
        place += _ONE
    return np.int64(position), rising, largest


@compiled(**LEAN)
def _decode_label(
    raw: NDArray[np.uint8],
    kind: Integer,
    at: Integer,
    end: Integer,
    labels: NDArray[np.float64],
    record: Integer,
) -> bool:
    start, stop = _packed(raw, at, end, _VALUES)
    if start < 0 or stop != end:
        return False
    if kind == _FLOAT32 and stop - start == 4:
        labels[record] = np.uint32(_word(raw, start, 4)).view(np.float32)
        return True
    if kind == _FLOAT64 and stop - start == 8:
        labels[record] = np.uint64(_word(raw, start, 8)).view(np.float64)
        return True
    if kind == _INT32:
        value, at = _varint(raw, start, stop)
        labels[record] = value
        return at == stop
    return False


@compiled(**LEAN)
def _decode_values(
    raw: NDArray[np.uint8],
    kind: Integer,
    at: Integer,
    end: Integer,
    values: NDArray[np.float32],
    value_bytes: NDArray[np.uint8],
    stored: Integer,
) -> bool:
    if kind == _FLOAT32 and (end - at) % 4 == 0:
        source, target = np.uint64(at), np.uint64(4 * stored)
        for place in range(np.uint64(end - at)):
            value_bytes[target + place] = raw[source + place]
        return True
    if kind == _FLOAT64 and (end - at) % 8 == 0:
        for place in range((end - at) // 8):
            bits = np.uint64(_word(raw, at + 8 * place, 8))
            values[stored + place] = bits.view(np.float64)
        return True
    return False


@compiled(**LEAN)
def _decode_features(
    raw: NDArray[np.uint8],
    at: Integer,
    end: Integer,
    values: NDArray[np.float32],
    value_bytes: NDArray[np.uint8],
    columns: NDArray[np.int32],
    stored: Integer,
) -> tuple[Integer, Integer, Integer, Integer]:
    """Decode one record's features.

    Returns
    -------
    The number of features, where the next value is to be stored, whether the
    columns rise, and where the label begins: -1 if the layout is another.
    """
    kind, position, tensor_end = _open_tensor(raw, at, end, _FEATURES)
    value_start, value_end = _packed(raw, position, tensor_end, _VALUES)
    key_start, key_end = _packed(raw, value_end, tensor_end, _KEYS)
    shape_start, shape_end = _packed(raw, key_end, tensor_end, _SHAPE)
    if min(position, value_end, key_end) < 0 or shape_end != tensor_end:
        return 0, 0, 0, -1
    width, shape_read = _varint(raw, shape_start, shape_end)
    count = (value_end - value_start) // (4 if kind == _FLOAT32 else 8)
    # Every key takes a byte at least: so no more is stored than there is room for.
    if shape_read != shape_end or count > key_end - key_start:
        return 0, 0, 0, -1
    if not _decode_values(raw, kind, value_start, value_end, values, value_bytes, stored):
        return 0, 0, 0, -1
    keys_read, rising, largest = _decode_keys(raw, key_start, key_end, columns, stored, count)
    if keys_read != key_end or largest >= width:
        return 0, 0, 0, -1
    return width, stored + count, rising, tensor_end


@compiled("UniTuple(int64, 4)(uint8[::1], float32[::1], int32[::1], int64[::1], float64[::1])")
def decode_sparse(
    raw: NDArray[np.uint8],
    values: NDArray[np.float32],
    columns: NDArray[np.int32],
    bounds: NDArray[np.int64],
    labels: NDArray[np.float64],
) -> tuple[Integer, Integer, Integer, Integer]:
    """Decode whole records.

    Parameters
    ----------
    raw
        Shape (bytes,): whole frames.
    values, columns
        Get what is stored; a fifth of the bytes is long enough.
    bounds
        One longer than ``labels``: gets the compressed rows' bounds.
    labels
        Shape (records,); as many as ever may be.

    Returns
    -------
    records
        Their number; `OTHER_LAYOUT` where anything is not as it is known here.
    width, stored
        The number of features, the same in all records; of values in all.
    rising
        1 where the columns rise within every row, else 0.
    """
    at, record, stored, width, all_rising = 0, 0, 0, -1, 1
    value_bytes = values.view(np.uint8)
    bounds[0] = 0
    while at < len(raw):
        start = at + _FRAME
        if start > len(raw) or record == len(labels) or _word(raw, at, 4) != MAGIC:
            return OTHER_LAYOUT, 0, 0, 0
        size = _word(raw, at + 4, 4)
        end = start + size
        at = end + (-size) % 4
        if at > len(raw):
            return OTHER_LAYOUT, 0, 0, 0
        features, stop, rising, position = _decode_features(
            raw, start, end, values, value_bytes, columns, stored
        )
        if position < 0 or width not in (-1, features):
            return OTHER_LAYOUT, 0, 0, 0
        width = features
        kind, position, label_end = _open_tensor(raw, position, end, _LABEL)
        if label_end != end or not _decode_label(raw, kind, position, end, labels, record):
            return OTHER_LAYOUT, 0, 0, 0
        all_rising &= rising
        stored = stop
        record += 1
        bounds[record] = stored
    return record, width, stored, all_rising
