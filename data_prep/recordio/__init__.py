"""recordIO-protobuf: the training and inference format of SageMaker's built-in algorithms.

A file is a sequence of frames, each with one protobuf ``Record`` in it::

    <I magic> <I length> <payload> <zeros up to a multiple of 4>

`write_dense` and `write_sparse` write, byte for byte, what the functions
``write_numpy_to_dense_tensor`` and ``write_spmatrix_to_sparse_tensor`` of
version 2 of the SageMaker SDK write, only faster and in bounded memory. `read`
reads what any writer of the format may have written, and `end_of_last_record`
tells where a stream can be cut.
"""

from data_prep.recordio.dense import write_dense
from data_prep.recordio.frames import end_of_last_record
from data_prep.recordio.reader import read
from data_prep.recordio.sparse import CompressedRows, SparseRecords, write_sparse
from data_prep.recordio.wire import RecordIOError
from data_prep.recordio.writing import Sink

__all__ = [
    "CompressedRows",
    "RecordIOError",
    "Sink",
    "SparseRecords",
    "end_of_last_record",
    "read",
    "write_dense",
    "write_sparse",
]
