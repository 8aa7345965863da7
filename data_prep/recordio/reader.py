"""The reader.

A file whose records all have the layout of its first one is not parsed: their
headers are compared with the first one's, and the values are a view. Other
files of the SDK's kind (sparse, or integers) are parsed in lockstep, and what
protobuf admits beyond that, record by record. Numbers are decoded all at once.
"""

from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import tensors
from data_prep.recordio.frames import Frames, Readable, find_frames, frame_at
from data_prep.recordio.lockstep import parse_lockstep
from data_prep.recordio.protobuf import Record, Tensor, parse_record
from data_prep.recordio.sparse import SparseRecords
from data_prep.recordio.wire import INT32_TENSOR

_SMALL_INTEGER: Final = np.dtype("u1")
"""How an integer label from 0 to 127 is encoded: as itself, in one byte."""


def read(buffer: Readable) -> tuple[NDArray[Any] | SparseRecords, NDArray[Any] | None]:
    """Read all records.

    Parameters
    ----------
    buffer
        The bytes of at least one record.

    Returns
    -------
    features
        Dense records: shape (records, features), float32, float64 or int32 as
        the tensors are (their common type, if they differ). It may be a view
        of the buffer: not contiguous, and not to be written to. Sparse
        records: their compressed rows. A file is sparse where a record has
        keys, or fewer values than its shape says.
    labels
        Shape (records,); None if the records have none.

    Raises
    ------
    RecordIOError
        With the offset, if the bytes are cut off, not recordIO-protobuf, or
        records that do not fit together: features missing or of another
        number than the first record's, a label here and none there.
    """
    raw = np.frombuffer(buffer, np.uint8)
    view = raw.data
    start, end, following = frame_at(view, 0)
    uniform = _read_uniform(raw, parse_record(view, start, end), following)
    if uniform is not None:
        return uniform
    features, labels = _parse(raw, view)
    return tensors.decode_features(raw, features), tensors.decode_labels(raw, labels)


def _parse(raw: NDArray[np.uint8], view: memoryview) -> tuple[tensors.Tensors, tensors.Tensors]:
    """Find the tensors of all records: at once, or else one by one."""
    starts, ends = _all_frames(raw)
    found = parse_lockstep(raw, starts, ends)
    if found is not None:
        return found
    bounds = zip(starts.tolist(), ends.tolist(), strict=True)
    records = [parse_record(view, start, end) for start, end in bounds]
    return (
        tensors.collect(starts, [record.features for record in records]),
        tensors.collect(starts, [record.label for record in records]),
    )


def _all_frames(raw: NDArray[np.uint8]) -> Frames:
    blocks = list(find_frames(raw))
    if blocks[-1].following < len(raw):
        frame_at(raw.data, blocks[-1].following)
    starts, ends = zip(*blocks, strict=True)
    return Frames(np.concatenate(starts), np.concatenate(ends))


def _read_uniform(
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
    return _SMALL_INTEGER if tensor.kind == INT32_TENSOR else tensors.FLOAT_TYPES[tensor.kind]


def _column(
    raw: NDArray[np.uint8], tensor: Tensor, dtype: np.dtype[Any], stride: int
) -> NDArray[Any]:
    """View the values that stand at the same place in every record."""
    start, end = tensor.values[0]
    shape = (len(raw) // stride, (end - start) // dtype.itemsize)
    return np.ndarray(shape, dtype, raw, start, (stride, dtype.itemsize))
