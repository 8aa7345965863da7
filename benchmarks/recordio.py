"""recordIO-protobuf: `data_prep.recordio` beside the SageMaker SDK and memcpy.

``python -m benchmarks.recordio`` (the SDK is in the environment of the
notebook, ``.venv-notebook``): 50,000 records of 784 float32 features and a
label, dense and sparse, and sparse ones with few features of many, all in one
run. Times are the processor's, so that other work on the machine does not
count: the SDK's once, the best of several for all else.
"""

import importlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from data_prep import recordio

RECORDS, FEATURES = 50_000, 784
FEW_RECORDS, FEW, OF_MANY = 200_000, 20, 100_000
NOTEBOOK_PYTHON = Path(".venv-notebook/bin/python")

Write = Callable[..., None]
ReadRecords = Callable[[io.BytesIO], Iterable[Any]]


class Discard:
    """A sink that costs nothing."""

    def write(self, data: memoryview, /) -> None:
        """Take the bytes."""


class Case(NamedTuple):
    """Records with one density of features, and the SDK's functions for them."""

    features: Any
    labels: NDArray[np.float32]
    sdk_write: Write
    our_write: Write


def best_ms(function: Callable[[], object], repetitions: int = 1) -> float:
    times: list[float] = []
    for _ in range(repetitions):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return 1000 * min(times)


def memcpy_ms(data: bytes) -> float:
    source = np.frombuffer(data, np.uint8)
    target = np.ones_like(source)
    return best_ms(lambda: np.copyto(target, source), 9)


def written(write: Write, case: Case) -> bytes:
    sink = io.BytesIO()
    write(sink, case.features, case.labels)
    return sink.getvalue()


def measure(case: Case, read_by_sdk: Callable[[bytes], object]) -> tuple[bytes, list[float]]:
    """Time writing and reading, by the SDK and by us; the bytes have to be the same."""
    theirs = io.BytesIO()
    sdk_write = best_ms(lambda: case.sdk_write(theirs, case.features, case.labels))
    data = theirs.getvalue()
    if data != written(case.our_write, case):
        sys.exit(f"{case.our_write.__name__} does not write the SDK's bytes")
    write = best_ms(lambda: case.our_write(Discard(), case.features, case.labels), 9)
    sdk_read = best_ms(lambda: read_by_sdk(data))
    return data, [sdk_write, write, sdk_read, best_ms(lambda: recordio.read(data), 5)]


def table(name: str, data: bytes, measured: list[float], copy: float) -> None:
    sdk_write, write, sdk_read, read = measured
    print(f"{name}, {len(data) / 1e6:.1f} MB: memcpy {copy:.1f} ms")
    print(f"  {'':<8}{'SDK':>10}{'data_prep':>12}{'SDK by it':>12}{'by memcpy':>12}")
    for what, sdk, ours in (("write", sdk_write, write), ("read", sdk_read, read)):
        ratios = f"{sdk / ours:>10.1f} x{ours / copy:>10.2f} x"
        print(f"  {what:<8}{sdk:>7.0f} ms{ours:>9.1f} ms{ratios}")


def dense_reader(read_records: ReadRecords) -> Callable[[bytes], object]:
    def read(data: bytes) -> NDArray[np.float32]:
        records = read_records(io.BytesIO(data))
        return np.array([r.features["values"].float32_tensor.values for r in records], np.float32)

    return read


def sparse_reader(read_records: ReadRecords) -> Callable[[bytes], object]:
    def read(data: bytes) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        tensors = (r.features["values"].float32_tensor for r in read_records(io.BytesIO(data)))
        return [(np.array(t.values, np.float32), np.array(t.keys, np.int64)) for t in tensors]

    return read


def few_of_many(random: np.random.Generator) -> "scipy.sparse.csr_matrix":
    columns = random.integers(0, OF_MANY, (FEW_RECORDS, FEW), np.int32)
    values = random.random(columns.size, np.float32)
    bounds = np.arange(FEW_RECORDS + 1) * FEW
    shape = (FEW_RECORDS, OF_MANY)
    return scipy.sparse.csr_matrix((values, np.sort(columns, axis=1).ravel(), bounds), shape)


def labels_of(records: int) -> NDArray[np.float32]:
    return (np.arange(records) % 10 == 0).astype(np.float32)


def main() -> None:
    sdk: Any = importlib.import_module("sagemaker.amazon.common")
    random = np.random.default_rng(0)
    pixels = random.integers(1, 256, (RECORDS, FEATURES), np.uint8)
    pixels[random.random(pixels.shape, np.float32) < 0.81] = 0  # as many zeros as in MNIST
    features = pixels * np.float32(1 / 256)
    labels = labels_of(RECORDS)

    dense = Case(features, labels, sdk.write_numpy_to_dense_tensor, recordio.write_dense)
    data, measured = measure(dense, dense_reader(sdk.read_records))
    copy = memcpy_ms(data)
    table(f"dense, {RECORDS:,} x {FEATURES} float32", data, measured, copy)
    from_bytes = best_ms(lambda: recordio.write_dense(Discard(), pixels, labels), 9)
    print(f"  write from uint8 {from_bytes:.1f} ms, {from_bytes / copy:.2f} x memcpy")

    sdk_write, write, sdk_read, read = measured
    ratios = [
        f"dense writer: {sdk_write / write:.0f} x the SDK's (at least 350)",
        f"dense writer: {write / copy:.2f} x memcpy (at most 1.4)",
        f"dense reader: {sdk_read / read:.0f} x the SDK's (at least 500)",
    ]
    few_name = f"sparse, {FEW_RECORDS:,} x {FEW} of {OF_MANY:,}"
    matrix = scipy.sparse.csr_matrix(features)
    for name, rows in ((f"sparse, {matrix.nnz:,} values", matrix), (few_name, few_of_many(random))):
        writers = sdk.write_spmatrix_to_sparse_tensor, recordio.write_sparse
        case = Case(rows, labels_of(rows.shape[0]), *writers)
        data, measured = measure(case, sparse_reader(sdk.read_records))
        table(name, data, measured, memcpy_ms(data))
        sdk_write, write, sdk_read, read = measured
        ratios += [
            f"{name}, writer: {sdk_write / write:.0f} x the SDK's (at least 10)",
            f"{name}, reader: {sdk_read / read:.0f} x the SDK's",
        ]
    print("\n".join(ratios))


if __name__ == "__main__":
    if find_spec("sagemaker") is None:
        command = [str(NOTEBOOK_PYTHON), "-W", "ignore", "-m", "benchmarks.recordio"]
        os.execv(NOTEBOOK_PYTHON, command)  # noqa: S606 - the same program where the SDK is
    main()
