"""The sparse writer, and what a sparse file is read as."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import varints
from data_prep.recordio.wire import (
    RECORD_FEATURES,
    TENSOR_KEYS,
    TENSOR_SHAPE,
    TENSOR_VALUES,
    packed_header,
    tensor_header,
    varint,
)
from data_prep.recordio.writing import (
    CHUNK_BYTES,
    FLOAT32,
    TENSOR_FIELDS,
    Sink,
    check_labels,
    convert,
    encode_values,
    frame,
    label_entries,
    tensor_dtype,
    write_all,
)


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
        Shape (nonzeros,), int64.
    indptr
        Shape (records + 1,), int64.
    shape
        Records and features.
    """

    data: NDArray[Any]
    indices: NDArray[np.int64]
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
    for first, last in _chunks(csr):
        marks = None if labels is None else labels[first:last]
        entries = label_entries(marks, label_type, last - first)
        tensors = _tensors(csr, first, last, values_type)
        field = TENSOR_FIELDS[values_type]
        records = [
            frame(tensor_header(RECORD_FEATURES, field, len(t) + len(shape)) + t + shape, label)
            for t, label in zip(tensors, entries, strict=True)
        ]
        write_all(sink, memoryview(b"".join(records)))


def _check(csr: CompressedRows) -> None:
    if getattr(csr, "format", "csr") != "csr":
        raise ValueError("the matrix is not in compressed sparse rows: convert it with .tocsr()")
    rows, columns = csr.shape
    bounds = csr.indptr
    if bounds.shape != (rows + 1,) or bounds[0] != 0 or (np.diff(bounds) < 0).any():
        raise ValueError(f"indptr does not delimit {rows} rows, one behind the other")
    stored = int(bounds[-1])
    if min(len(csr.data), len(csr.indices)) < stored:
        raise ValueError(f"indptr ends at {stored}, beyond the data or the indices")
    indices = csr.indices[:stored]
    if stored and (int(indices.min()) < 0 or int(indices.max()) >= columns):
        raise ValueError(f"an index lies outside the {columns} columns")


def _chunks(csr: CompressedRows) -> list[tuple[int, int]]:
    """Divide the rows into runs of about a chunk each."""
    rows = csr.shape[0]
    sizes = 16 * csr.indptr.astype(np.int64) + 64 * np.arange(rows + 1)
    chunk_ends = np.arange(0, int(sizes[-1]), CHUNK_BYTES)
    starts = np.unique(np.searchsorted(sizes, chunk_ends, side="right") - 1)
    return list(pairwise([*starts.tolist(), rows]))


def _tensors(csr: CompressedRows, first: int, last: int, values_type: np.dtype[Any]) -> list[bytes]:
    """Encode values and keys of each row."""
    start, stop = int(csr.indptr[first]), int(csr.indptr[last])
    values, value_bounds = encode_values(convert(csr.data[start:stop], values_type, "features"))
    keys, key_bounds = varints.encode(csr.indices[start:stop].astype(np.uint64))
    key_bytes = keys.data
    row_bounds: list[int] = (csr.indptr[first : last + 1] - start).tolist()
    row_keys = key_bounds[row_bounds].tolist()
    tensors: list[bytes] = []
    for (row, row_end), (key, key_end) in zip(
        pairwise(row_bounds), pairwise(row_keys), strict=True
    ):
        value, value_end = value_bounds[row], value_bounds[row_end]
        tensors.append(
            b"".join(
                (
                    packed_header(TENSOR_VALUES, value_end - value),
                    values[value:value_end],
                    packed_header(TENSOR_KEYS, key_end - key),
                    key_bytes[key:key_end],
                )
            )
        )
    return tensors
