"""recordIO requests: dense or sparse records; labels in them do not matter."""

from data_prep.recordio import RecordIOError, SparseRecords, read
from linear_learner.data.records import Features
from linear_learner.serving.errors import PayloadError
from linear_learner.serving.matrix import finite_matrix, sparse_rows


def decode(body: bytes, width: int) -> Features:
    """Return the features, shape (records, width).

    Raises
    ------
    PayloadError
        With the byte, if it is not recordIO; with record and column, if a
        record has another width or a value that is not finite.
    """
    try:
        features, _ = read(body)
    except RecordIOError as error:
        raise PayloadError(str(error)) from error
    if not isinstance(features, SparseRecords):
        return finite_matrix(features, width)
    if features.shape[1] != width:
        raise PayloadError(f"record 0 has {features.shape[1]} features: expected {width}")
    return sparse_rows(features.data, features.indices, features.indptr, features.shape)
