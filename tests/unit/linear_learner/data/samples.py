"""Channels of every format for the tests, and what is read from them as plain arrays."""

import io
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse

from data_prep.recordio import write_dense, write_sparse
from linear_learner.arrays import Floats
from linear_learner.data.channel_config import FORMATS, Format
from linear_learner.data.checks import Checks
from linear_learner.data.csv import CsvDecoder
from linear_learner.data.decoder import Decoder
from linear_learner.data.pieces import Piece, read_pieces
from linear_learner.data.place import Place
from linear_learner.data.recordio import RecordioDecoder
from linear_learner.data.records import Features, Records, SparseRows

RECORDIO, CSV = FORMATS
BINARY = Checks("binary_classifier", 2)
REGRESSOR = Checks("regressor", 0)
MULTICLASS = Checks("multiclass_classifier", 4)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Records as plain arrays."""

    features: Floats
    labels: Floats

    def __getitem__(self, rows: slice) -> "Table":
        return Table(self.features[rows], self.labels[rows])


def table(records: int, features: int = 6, density: float = 0.9, seed: int = 0) -> Table:
    """Draw records of two classes."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(records, features)).astype(np.float32)
    values[random.random(values.shape) >= density] = 0
    return Table(values, (np.arange(records) % 3 == 0).astype(np.float32))


def dense_bytes(data: Table) -> bytes:
    sink = io.BytesIO()
    write_dense(sink, data.features, data.labels)
    return sink.getvalue()


def sparse_bytes(data: Table) -> bytes:
    sink = io.BytesIO()
    write_sparse(sink, scipy.sparse.csr_matrix(data.features), data.labels)
    return sink.getvalue()


def csv_bytes(data: Table) -> bytes:
    rows = zip(data.labels.tolist(), data.features.tolist(), strict=True)
    return "".join(f"{label},{','.join(map(str, row))}\n" for label, row in rows).encode()


WRITERS = {"dense": dense_bytes, "sparse": sparse_bytes, "csv": csv_bytes}
"""How a table becomes a file."""


def format_of(kind: str) -> Format:
    return CSV if kind == "csv" else RECORDIO


def decoder_of(kind: str) -> Decoder:
    return CsvDecoder() if kind == "csv" else RecordioDecoder()


def write_files(folder: Path, *contents: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(contents):
        (folder / f"part-{number}").write_bytes(content)


def plain(features: Features) -> Floats:
    """Return features as one dense array."""
    if isinstance(features, SparseRows):
        assert np.all(features.indptr[:-1] <= features.indptr[1:])
        rows = scipy.sparse.csr_array(
            (features.data, features.indices, features.indptr), features.shape
        )
        assert rows.has_canonical_format, "columns rise, and none is there twice"
        return np.asarray(rows.toarray(), np.float32)
    return features


def together(blocks: Iterable[Records]) -> Table:
    """Join blocks into one table."""
    given = list(blocks)
    return Table(
        np.concatenate([plain(block.features) for block in given]),
        np.concatenate([block.labels for block in given]),
    )


def decoded(
    kind: str, content: bytes, checks: Checks = REGRESSOR, size: int = 1 << 16
) -> list[Piece]:
    """Read all pieces of a file's bytes."""
    place = Place("train", "part-0")
    return list(read_pieces(io.BytesIO(content), decoder_of(kind), place, checks, size))  # pyright: ignore[reportArgumentType] - BytesIO reads into any buffer


def equal(one: Table, other: Table) -> bool:
    return np.array_equal(one.features, other.features) and np.array_equal(one.labels, other.labels)


class Fifos:
    """Writes a channel's passes into FIFOs, one after the other, as SageMaker does."""

    def __init__(self, folder: Path, *passes: bytes) -> None:
        self._folder = folder
        self._passes = passes
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        for number, content in enumerate(self._passes):
            fifo = self._folder.with_name(f"{self._folder.name}_{number}")
            os.mkfifo(fifo)
            with fifo.open("wb", buffering=0) as sink:
                for start in range(0, len(content), 1000):  # as it comes: not in whole records
                    sink.write(content[start : start + 1000])

    def finish(self) -> None:
        """Wait until all passes were read."""
        self._thread.join(10)
        assert not self._thread.is_alive(), "a pass was not read to its end"
