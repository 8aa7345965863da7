"""recordIO-protobuf, dense and sparse.

`data_prep.recordio` reads the format. Sparse records as the SageMaker SDK
writes them have a compiled loop beside it, which takes a fraction of the time.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import RecordIOError, SparseRecords, end_of_last_record, read
from data_prep.recordio.wire import FRAME_HEADER, padding
from linear_learner.arrays import Floats
from linear_learner.data.checks import Checks
from linear_learner.data.decoder import Bytes
from linear_learner.data.kernels.compressed_rows import unite_columns
from linear_learner.data.kernels.sparse_records import OTHER_LAYOUT, decode_sparse
from linear_learner.data.place import Place
from linear_learner.data.records import Records, SparseRows
from linear_learner.errors import ClientError

_SHORTEST_RECORD: Final = 32
"""Bytes: frame, features and label take more."""
_SHORTEST_VALUE: Final = 5
"""Bytes of a value and its key."""
_MOST_FEATURES: Final = np.iinfo(np.int32).max


class RecordioDecoder:
    """A `linear_learner.data.decoder.Decoder` of recordIO-protobuf."""

    def cut(self, data: Bytes) -> int:
        """Return where the last whole record ends."""
        try:
            return end_of_last_record(data)
        except RecordIOError:
            return len(data)

    def close(self, data: Bytes, size: int, place: Place) -> int:
        """Refuse a rest that is a part of a record."""
        if self.cut(data[:size]) < size:
            _read_one(data[:size], 0, place)
        return size

    def decode(self, data: Bytes, place: Place, checks: Checks) -> Records:
        """Decode whole frames."""
        records = None if checks.sparse is False else _decode_sparse(data)
        if records is None:
            records = _decode_any(data, checks)
        if records is None:
            # Something may be wrong: one record after the other tells which is the first.
            _refuse_first(data, place, checks)
            features, labels = read(data)
            records = _records(features, labels)
        if checks.feature_dim not in (None, records.feature_dim):
            raise place.refuse(0, f"{records.feature_dim} features: expected {checks.feature_dim}")
        return records


def _decode_sparse(data: Bytes) -> Records | None:
    """Decode sparse records in the SDK's layout; None if there are others."""
    values = np.empty(len(data) // _SHORTEST_VALUE + 1, np.float32)
    columns = np.empty(len(values), np.int32)
    labels = np.empty(len(data) // _SHORTEST_RECORD + 1)
    bounds = np.empty(len(labels) + 1, np.int64)
    records, width, stored, rising = decode_sparse(data, values, columns, bounds, labels)
    if records == OTHER_LAYOUT:
        return None
    rows = SparseRows(
        values[:stored], columns[:stored], bounds[: records + 1], (int(records), int(width))
    )
    return Records(rows if rising else _unite(rows), _float32(labels[:records]))


def _decode_any(data: Bytes, checks: Checks) -> Records | None:
    """Decode records of any layout; None on a fault, or where two kinds may be mixed."""
    try:
        features, labels = read(data)
    except RecordIOError:
        return None
    sparse = isinstance(features, SparseRecords)
    if labels is None or checks.sparse not in (None, sparse) or features.shape[1] > _MOST_FEATURES:
        return None
    if sparse and (np.diff(features.indptr) == features.shape[1]).any():
        return None
    return _records(features, labels)


def _records(features: NDArray[Any] | SparseRecords, labels: NDArray[Any] | None) -> Records:
    assert labels is not None, "records without labels are refused"  # noqa: S101 - for the type checker
    if isinstance(features, SparseRecords):
        columns = features.indices.astype(np.int32)
        rows = SparseRows(_float32(features.data), columns, features.indptr, features.shape)
        return Records(_unite(rows), _float32(labels))
    return Records(_float32(features), _float32(labels))


def _float32(values: NDArray[Any]) -> Floats:
    # A copy: the bytes that were read are overwritten by the next ones.
    # A float64 beyond float32 becomes infinite, and is told as that; so is what is no number.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array(values, np.float32, order="C")


def _unite(rows: SparseRows) -> SparseRows:
    """Sort the columns of each row; the values of equal ones are added, as products do."""
    steps = np.diff(rows.indices) > 0
    inner = rows.indptr[1:-1]
    steps[inner[(inner > 0) & (inner < len(rows.indices))] - 1] = True
    if steps.all():
        return rows
    values, columns, bounds = rows.data.copy(), rows.indices.copy(), rows.indptr.copy()
    stored = unite_columns(values, columns, bounds)
    return SparseRows(values[:stored], columns[:stored], bounds, rows.shape)


def _refuse_first(data: Bytes, place: Place, checks: Checks) -> None:
    """Refuse the first record that is damaged, has no label or is not like the one before.

    Raises
    ------
    ClientError
        If there is one.
    """
    sparse, width = checks.sparse, checks.feature_dim
    position, number = 0, 0
    while position < len(data):
        here = place.after(number, position)
        features, labels, size = _read_one(data, position, here)
        is_sparse = isinstance(features, SparseRecords)
        if labels is None:
            raise here.refuse(0, f"there is no label: expected {checks.allowed_labels}")
        if sparse not in (None, is_sparse):
            kinds = ("dense", "sparse") if sparse else ("sparse", "dense")
            raise here.refuse(0, f"is {kinds[0]}: expected a {kinds[1]} one, as those before it")
        if width not in (None, features.shape[1]):
            raise here.refuse(0, f"{features.shape[1]} features: expected {width}")
        if features.shape[1] > _MOST_FEATURES:
            raise here.refuse(0, f"{features.shape[1]} features: expected at most {_MOST_FEATURES}")
        sparse, width = is_sparse, features.shape[1]
        position += size
        number += 1


def _read_one(
    data: Bytes, position: int, place: Place
) -> tuple[NDArray[Any] | SparseRecords, NDArray[Any] | None, int]:
    """Read one record, and say how many bytes it takes."""
    rest = data[position:]
    size = len(rest)
    if size >= FRAME_HEADER.size:
        payload = FRAME_HEADER.unpack_from(rest.data)[1]
        size = min(size, FRAME_HEADER.size + payload + padding(payload))
    try:
        return *read(rest[:size]), size
    except RecordIOError as error:
        raise _refuse_damaged(error, place) from error


def _refuse_damaged(error: RecordIOError, place: Place) -> ClientError:
    reason = str(error).removeprefix(f"recordIO data, byte {error.offset}: ")
    return place.refuse(0, f"byte {place.offset + error.offset} of the file: {reason}")
