"""The sparse writer, and what a sparse file is read as."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.assembly import Tensors, Varints, assemble
from data_prep.recordio.varints import MAXIMUM_LENGTH
from data_prep.recordio.wire import TENSOR_SHAPE, packed_header, varint
from data_prep.recordio.writing import (
    CHUNK_BYTES,
    FLOAT32,
    INT64,
    TENSOR_FIELDS,
    Sink,
    check_labels,
    label_tensors,
    pack,
    tensor_dtype,
    write_all,
)

_AROUND_VALUES: Final = 80
"""About how many bytes of a record are neither values nor keys."""


class CompressedRows(Protocol):
    """A matrix in compressed sparse rows, e.g. ``scipy.sparse.csr_array``."""

    @property
    def data(self) -> NDArray[Any]:
        """Shape (nonzeros,): the values, row after row."""
        ...

    @property
    def indices(self) -> NDArray[Any]:
        """Shape (nonzeros,): the column of each value."""
        ...

    @property
    def indptr(self) -> NDArray[Any]:
        """Shape (rows + 1,): row i's values are ``data[indptr[i]:indptr[i + 1]]``."""
        ...

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SparseRecords:
    """Features of sparse records, in compressed sparse rows.

    ``scipy.sparse.csr_array((r.data, r.indices, r.indptr), r.shape)`` is the
    matrix; within a row the columns stand as they stand in the file.

    Attributes
    ----------
    data
        Shape (nonzeros,).
    indices
        Shape (nonzeros,), int32; int64 where there are more columns than that holds.
    indptr
        Shape (records + 1,), int64.
    shape
        Records and features.
    """

    data: NDArray[Any]
    indices: NDArray[np.int32] | NDArray[np.int64]
    indptr: NDArray[np.int64]
    shape: tuple[int, int]


def write_sparse(sink: Sink, csr: CompressedRows, labels: NDArray[Any] | None = None) -> None:
    """Write records with the features that are stored, and their columns.

    The bytes are those of the SageMaker SDK's ``write_spmatrix_to_sparse_tensor``;
    types are converted as `data_prep.recordio.write_dense` does.

    Parameters
    ----------
    sink
        Gets chunks of about 1 MiB.
    csr
        The matrix, in compressed sparse rows.
    labels
        Shape (records,).

    Raises
    ------
    ValueError
        If the matrix is not in compressed sparse rows, contradicts itself, or
        holds numbers that do not fit; or if the labels are not one for each row.
    """
    _check(csr)
    check_labels(labels, csr.shape[0])
    values_type = tensor_dtype(csr.data, "features")
    label_type = FLOAT32 if labels is None else tensor_dtype(labels, "labels")
    shape_size = varint(csr.shape[1])
    shape = packed_header(TENSOR_SHAPE, len(shape_size)) + shape_size
    largest = MAXIMUM_LENGTH if values_type == INT64 else values_type.itemsize
    for first, last in _chunks(csr, largest + len(shape_size)):
        start, stop = int(csr.indptr[first]), int(csr.indptr[last])
        bounds = csr.indptr[first : last + 1].astype(np.int64) - start
        features = Tensors(
            TENSOR_FIELDS[values_type],
            pack(csr.data[start:stop], values_type, bounds, "features"),
            Varints.of(csr.indices[start:stop], bounds),
            shape,
        )
        marks = None if labels is None else labels[first:last]
        write_all(sink, assemble(features, label_tensors(marks, label_type)))


def _check(csr: CompressedRows) -> None:
    if getattr(csr, "format", "csr") != "csr":
        raise ValueError("the matrix is not in compressed sparse rows: convert it with .tocsr()")
    rows, columns = csr.shape
    bounds = csr.indptr
    if bounds.shape != (rows + 1,) or bounds[0] != 0 or (bounds[1:] < bounds[:-1]).any():
        raise ValueError(f"indptr does not delimit {rows} rows, one behind the other")
    stored = int(bounds[-1])
    if min(len(csr.data), len(csr.indices)) < stored:
        raise ValueError(f"indptr ends at {stored}, beyond the data or the indices")
    indices = csr.indices[:stored]
    if stored and (int(indices.min()) < 0 or int(indices.max()) >= columns):
        raise ValueError(f"an index lies outside the {columns} columns")


def _chunks(csr: CompressedRows, stored_size: int) -> Iterator[tuple[int, int]]:
    """Divide the rows into runs of about a chunk each: ``stored_size`` is a value with its key."""

    def size_before(row: int) -> int:
        return stored_size * int(csr.indptr[row]) + _AROUND_VALUES * row

    first, rows = 0, csr.shape[0]
    while first < rows:
        chunk_end = size_before(first) + CHUNK_BYTES
        last = bisect_right(range(rows + 1), chunk_end, key=size_before) - 1
        last = max(last, first + 1)
        yield first, last
        first = last
