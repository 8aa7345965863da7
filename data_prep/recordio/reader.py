"""The reader.

A file whose records all have the layout of its first one is not parsed: their
headers are compared with the first one's, and the values are a view. Other
files of the SDK's kind (sparse, or integers) are parsed in lockstep, block by
block. What protobuf admits beyond that is parsed record by record; so is a file
with a fault, so that the fault that is told is the same whichever way it took.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import tensors
from data_prep.recordio.blocks import read_blocks
from data_prep.recordio.frames import Frames, Readable, find_frames, frame_at
from data_prep.recordio.lockstep import parse_lockstep
from data_prep.recordio.protobuf import parse_record
from data_prep.recordio.sparse import SparseRecords
from data_prep.recordio.uniform import read_uniform


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
        keys, or fewer values than its shape says. If they are as the
        SDK writes them, reading needs little memory beside what is returned.
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
    uniform = read_uniform(raw, parse_record(view, start, end), following)
    if uniform is not None:
        return uniform
    in_blocks = read_blocks(raw)
    if in_blocks is not None:
        return in_blocks
    features, labels = _parse(raw, view)
    return tensors.decode_features(raw, features), tensors.decode_labels(raw, labels)


def _parse(raw: NDArray[np.uint8], view: memoryview) -> tuple[tensors.Tensors, tensors.Tensors]:
    """Find the tensors of all records: at once, or else one by one."""
    frames = _all_frames(raw)
    found = parse_lockstep(raw, frames)
    if found is not None:
        return found
    bounds = zip(frames.starts.tolist(), frames.ends.tolist(), strict=True)
    records = [parse_record(view, start, end) for start, end in bounds]
    return (
        tensors.collect(frames.starts, [record.features for record in records]),
        tensors.collect(frames.starts, [record.label for record in records]),
    )


def _all_frames(raw: NDArray[np.uint8]) -> Frames:
    blocks = list(find_frames(raw))
    if blocks[-1].following < len(raw):
        frame_at(raw.data, blocks[-1].following)
    starts, ends = zip(*blocks, strict=True)
    return Frames(np.concatenate(starts), np.concatenate(ends))
