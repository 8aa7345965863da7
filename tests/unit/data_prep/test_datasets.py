"""Telling formats apart, bounding what is read, and records that cannot be learnt from."""

import gzip
import pickle
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from data_prep import datasets, errors
from data_prep.dataset import SplitName
from data_prep.datasets import Format
from data_prep.errors import (
    DamagedDatasetError,
    DatasetError,
    EmptyDatasetError,
    IncompleteDatasetError,
    InvalidRecordsError,
    NotADatasetError,
    OversizedDatasetError,
)
from tests.unit.data_prep.samples import (
    Pair,
    idx_files,
    pair,
    three_pairs,
    write_files,
    write_gzip,
    write_pickle,
)


def test_a_dataset_unpacks_into_three_pairs(tmp_path: Path) -> None:
    path = write_pickle(tmp_path / "mnist.pkl.gz", three_pairs())
    (features, labels), validation, test = datasets.load(path)
    assert (features.shape, labels.shape) == ((40, 16), (40,))
    assert (len(validation.labels), len(test.labels)) == (20, 30)


def test_the_format_is_told_by_the_content_alone(tmp_path: Path) -> None:
    path = write_pickle(tmp_path / "train-images-idx3-ubyte", three_pairs())
    assert datasets.load(path).format == "pickle"
    folder = tmp_path / "mnist.pkl.gz"
    folder.mkdir()
    assert datasets.load(write_files(folder, idx_files())).format == "idx"


def test_another_format_than_was_asked_for_is_refused(tmp_path: Path) -> None:
    path = write_pickle(tmp_path / "mnist.pkl.gz", three_pairs())
    with pytest.raises(NotADatasetError, match="is of format pickle: expected idx"):
        datasets.load(path, "idx")
    folder = tmp_path / "idx"
    folder.mkdir()
    with pytest.raises(IncompleteDatasetError, match="there is no file idx"):
        datasets.load(write_files(folder, idx_files()), "pickle")


def test_a_format_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="format 'csv': expected one of auto, pickle, idx"):
        datasets.load(tmp_path, cast("Format", "csv"))


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IncompleteDatasetError, match=r"there is no file mnist\.pkl\.gz"):
        datasets.load(tmp_path / "nowhere" / "mnist.pkl.gz")


MNIST = pickle.dumps(three_pairs(), 2)
MNIST_GZ = gzip.compress(MNIST, mtime=0)

NO_DATASETS: dict[str, tuple[bytes, type[DatasetError], str]] = {
    "nothing": (b"", EmptyDatasetError, "is empty"),
    "nothing, gzip'd": (gzip.compress(b""), EmptyDatasetError, "has no content"),
    "CSV": (b"5,3\n1,2\n", NotADatasetError, "neither a pickle"),
    "CSV, gzip'd": (gzip.compress(b"5,3\n1,2\n"), NotADatasetError, "neither a pickle"),
    "protocol 0": (pickle.dumps(three_pairs(), 0), NotADatasetError, "protocol 2 or newer"),
    "protocol 153": (b"\x80\x99" + MNIST[2:], NotADatasetError, "neither a pickle"),
    "half a magic": (b"\x1f\x8b", DamagedDatasetError, "truncated or damaged"),
    "a false magic": (b"\x1f\x8bnot really", DamagedDatasetError, "truncated or damaged"),
    "last byte gone": (MNIST_GZ[:-1], DamagedDatasetError, "truncated or damaged"),
    "checksum gone": (MNIST_GZ[:-8], DamagedDatasetError, "truncated or damaged"),
    "more behind it": (MNIST_GZ + b"more", DamagedDatasetError, "truncated or damaged"),
    "text cut off": (gzip.compress(b"x" * 1000)[:-4], DamagedDatasetError, "truncated or damaged"),
    "bomb of zeros": (gzip.compress(bytes(1 << 24)), OversizedDatasetError, "than 100 times"),
    "bomb of an array": (
        gzip.compress(pickle.dumps(np.zeros(1 << 24, np.uint8), 4)),
        OversizedDatasetError,
        "more than 100 times",
    ),
}


@pytest.mark.parametrize(("content", "error", "reason"), NO_DATASETS.values(), ids=NO_DATASETS)
def test_a_file_that_is_no_dataset_is_named(
    tmp_path: Path, content: bytes, error: type[DatasetError], reason: str
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(error, match=reason) as refusal:
        datasets.load(path)
    assert str(refusal.value).startswith("file.bin ")


def test_a_gzip_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    content = gzip.compress(pickle.dumps((pair(6), pair(6), pair(6)), 2))
    path = tmp_path / "cut.gz"
    for size in range(0, len(content), 3):
        path.write_bytes(content[:size])
        with pytest.raises((DamagedDatasetError, EmptyDatasetError, NotADatasetError)):
            datasets.load(path)


def test_a_broken_checksum_is_found(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(MNIST))
    content[-6] ^= 1
    path = tmp_path / "mnist.pkl.gz"
    path.write_bytes(content)
    with pytest.raises(DamagedDatasetError, match="CRC check failed"):
        datasets.load(path)


def test_a_small_dataset_may_be_very_regular(tmp_path: Path) -> None:
    zeros = (np.zeros((500, 16), np.float32), np.arange(500) % 2)
    path = write_pickle(tmp_path / "zeros.pkl.gz", (zeros, zeros, zeros), 5)
    assert path.stat().st_size * 20 < 500 * 16 * 4 * 3
    assert len(datasets.load(path).test.labels) == 500


def broken(split: int, feature: float | None = None, label: float | None = None) -> list[Pair]:
    """Three pairs, in one of which the record 7 is at fault."""
    pairs = [(x.copy(), y.astype(np.float64)) for x, y in three_pairs()]
    if feature is not None:
        pairs[split][0][7, 3] = feature
    if label is not None:
        pairs[split][1][7] = label
    return pairs


@pytest.mark.parametrize("split", [0, 1, 2])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_feature_that_is_not_finite_is_refused_with_its_place(
    tmp_path: Path, split: int, value: float
) -> None:
    path = write_pickle(tmp_path / "mnist.pkl.gz", broken(split, feature=value), 5)
    name = ("train", "validation", "test")[split]
    with pytest.raises(InvalidRecordsError, match=f"{name}, record 7: feature 3 is {value}") as e:
        datasets.load(path)
    assert (e.value.split, e.value.record) == (name, 7)


def test_the_place_of_a_feature_is_right_in_a_later_block(tmp_path: Path) -> None:
    train = pair(6000, width=2)
    train[0][5123, 1] = np.nan
    path = write_pickle(tmp_path / "mnist.pkl.gz", (train, pair(9, width=2), pair(9, width=2)), 5)
    with pytest.raises(InvalidRecordsError, match="train, record 5123: feature 1 is nan"):
        datasets.load(path)


def test_a_double_beyond_float32_is_not_finite(tmp_path: Path) -> None:
    pairs = [(x.astype(np.float64), y) for x, y in three_pairs()]
    pairs[2][0][4, 0] = 1e300
    path = write_pickle(tmp_path / "mnist.pkl.gz", pairs, 5)
    with pytest.raises(InvalidRecordsError, match="test, record 4: feature 0 is inf"):
        datasets.load(path)


@pytest.mark.parametrize("split", [0, 1, 2])
@pytest.mark.parametrize("value", [-1, 256, 2.5, float("nan"), float("inf")])
def test_a_label_that_is_no_class_is_refused_with_its_place(
    tmp_path: Path, split: int, value: float
) -> None:
    path = write_pickle(tmp_path / "mnist.pkl.gz", broken(split, label=value), 5)
    name = ("train", "validation", "test")[split]
    reason = f"{name}, record 7: label {float(value)}: expected a whole number from 0 to 255"
    with pytest.raises(InvalidRecordsError, match=reason):
        datasets.load(path)


Arrays = tuple[NDArray[Any], NDArray[Any]]


@pytest.mark.parametrize(
    ("split", "change", "reason"),
    [
        (1, pair(9, width=15), "validation, record 0: 15 features, but 16 in train"),
        (2, pair(9, width=17), "test, record 0: 17 features, but 16 in train"),
        (0, (pair(9)[0], pair(8)[1]), "train: 9 records, but 8 labels"),
        (2, (pair(9)[0], pair(9)[0]), r"test: features of shape \(9, 16\) and labels of shape"),
        (1, (pair(9)[1], pair(9)[1]), r"validation: features of shape \(9,\) and labels"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    tmp_path: Path, split: int, change: Arrays, reason: str
) -> None:
    pairs: list[Arrays] = list(three_pairs())
    pairs[split] = change
    path = write_pickle(tmp_path / "mnist.pkl.gz", pairs, 5)
    with pytest.raises(InvalidRecordsError, match=reason):
        datasets.load(path)


def test_too_few_records_to_validate_with_are_refused(tmp_path: Path) -> None:
    path = write_pickle(tmp_path / "two.pkl.gz", (pair(5), pair(5)), 5)
    with pytest.raises(InvalidRecordsError, match="train: 5 records are too few"):
        datasets.load(path)


def test_every_refusal_is_a_dataset_error_and_a_value_error() -> None:
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert len(classes) > 5
    assert all(issubclass(kind, DatasetError) for kind in classes)
    assert issubclass(DatasetError, ValueError)


def test_splits_are_named(tmp_path: Path) -> None:
    dataset = datasets.load(write_gzip(tmp_path / "mnist.pkl.gz", MNIST))
    names: list[SplitName] = ["train", "validation", "test"]
    assert list(dataset.splits) == names
    assert all(dataset.splits[name] is getattr(dataset, name) for name in names)
