"""idx: the four files, wherever and however they lie."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data_prep import datasets
from data_prep.errors import (
    DamagedDatasetError,
    DatasetError,
    EmptyDatasetError,
    IncompleteDatasetError,
    NotADatasetError,
    OversizedDatasetError,
)
from data_prep.idx import read_idx_file
from tests.unit.data_prep.samples import idx, idx_files, write_files

IMAGES = "train-images-idx3-ubyte"
LABELS = "t10k-labels-idx1-ubyte"


def images_of(content: bytes) -> NDArray[np.float32]:
    pixels = np.frombuffer(content, np.uint8, offset=16).astype(np.float32)
    return pixels.reshape(-1, 16) / np.float32(256)


def test_a_folder_of_the_four_files_is_read(tmp_path: Path) -> None:
    files = idx_files()
    dataset = datasets.load(write_files(tmp_path, files))
    train, test = images_of(files[IMAGES]), images_of(files["t10k-images-idx3-ubyte"])
    np.testing.assert_array_equal(dataset.train.features, train[:50])
    np.testing.assert_array_equal(dataset.validation.features, train[50:])
    np.testing.assert_array_equal(dataset.test.features, test)
    assert dataset.validation.labels.tolist() == list(range(10))
    assert (dataset.format, dataset.dtype) == ("idx", "uint8")
    assert dataset.train.features.dtype == np.float32


LAYOUTS: dict[str, Callable[[str, bytes], tuple[str, bytes]]] = {
    "gzip'd": lambda name, content: (f"{name}.gz", gzip.compress(content)),
    "gzip'd without saying so": lambda name, content: (name, gzip.compress(content)),
    "with dots": lambda name, content: (name.replace("-idx", ".idx"), content),
    "called test": lambda name, content: (name.replace("t10k", "test"), content),
    "with a prefix": lambda name, content: (f"fashion-{name}", content),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_names_and_compression_may_vary(
    tmp_path: Path, layout: Callable[[str, bytes], tuple[str, bytes]]
) -> None:
    files = idx_files()
    write_files(tmp_path, dict(layout(name, content) for name, content in files.items()))
    dataset = datasets.load(tmp_path, "idx")
    np.testing.assert_array_equal(dataset.train.features, images_of(files[IMAGES])[:50])


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    write_files(tmp_path, idx_files() | {"README.md": b"# The train and test images"})
    (tmp_path / "train-images-folder").mkdir()
    assert len(datasets.load(tmp_path).train.labels) == 50


def test_a_prefix_tells_two_datasets_in_one_folder_apart(tmp_path: Path) -> None:
    for prefix, train in (("digits-", 60), ("fashion-", 120)):
        files = idx_files(train).items()
        write_files(tmp_path, {prefix + name: content for name, content in files})
    assert len(datasets.load(tmp_path / "fashion-").train.labels) == 100
    with pytest.raises(
        IncompleteDatasetError, match="expected one idx file of train images, found 2"
    ):
        datasets.load(tmp_path)


@pytest.mark.parametrize(
    ("code", "dtype"), [(8, "u1"), (9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")]
)
def test_every_type_is_read(tmp_path: Path, code: int, dtype: str) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    (tmp_path / "any").write_bytes(idx(array, code))
    np.testing.assert_array_equal(read_idx_file(tmp_path / "any"), array)


def test_only_bytes_are_scaled(tmp_path: Path) -> None:
    files = idx_files() | {IMAGES: idx(np.full((60, 4, 4), 0.5, np.float32), 13)}
    dataset = datasets.load(write_files(tmp_path, files))
    assert dataset.train.features.max() == 0.5
    assert dataset.dtype == "float32"


@pytest.mark.parametrize("missing", idx_files())
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    files = idx_files()
    del files[missing]
    part, kind = missing.split("-")[:2]
    reason = f"expected one idx file of {'test' if part == 't10k' else part} {kind}, found 0"
    with pytest.raises(IncompleteDatasetError, match=reason):
        datasets.load(write_files(tmp_path, files))


def test_one_file_alone_is_not_a_dataset(tmp_path: Path) -> None:
    write_files(tmp_path, idx_files())
    with pytest.raises(IncompleteDatasetError, match="is one file of idx"):
        datasets.load(tmp_path / IMAGES)


BROKEN: list[tuple[str, Callable[[bytes], bytes], type[DatasetError], str]] = [
    (IMAGES, lambda c: c[:-1], DamagedDatasetError, "is cut off"),
    (IMAGES, lambda c: c[:10], DamagedDatasetError, "is cut off"),
    (IMAGES, lambda c: c + b"\0", NotADatasetError, "goes on where the dataset has ended"),
    (IMAGES, lambda c: gzip.compress(c)[:-9], DamagedDatasetError, "truncated or damaged"),
    (IMAGES, lambda c: c[:4] + b"\xff" * 12, DamagedDatasetError, "is cut off"),
    (
        IMAGES,
        lambda c: gzip.compress(c[:4] + b"\xff" * 12),
        OversizedDatasetError,
        "more than 100 times",
    ),
    (LABELS, lambda c: c[:4] + bytes(4), EmptyDatasetError, "an array without elements"),
    (LABELS, lambda c: c[:0], EmptyDatasetError, "is empty"),
    (LABELS, lambda c: b"<html>" + c, IncompleteDatasetError, "test labels, found 0"),
]


@pytest.mark.parametrize(("name", "change", "error", "reason"), BROKEN)
def test_a_broken_file_is_named(
    tmp_path: Path,
    name: str,
    change: Callable[[bytes], bytes],
    error: type[DatasetError],
    reason: str,
) -> None:
    files = idx_files()
    with pytest.raises(error, match=reason):
        datasets.load(write_files(tmp_path, files | {name: change(files[name])}))


def test_an_image_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    content: bytes = idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    path = tmp_path / "cut"
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(DatasetError):
            read_idx_file(path)


@pytest.mark.parametrize("count", [19, 21])
def test_labels_of_another_number_than_images_are_refused(tmp_path: Path, count: int) -> None:
    files = idx_files() | {LABELS: idx(np.zeros(count, np.uint8))}
    with pytest.raises(DatasetError, match=f"test: 20 records, but {count} labels"):
        datasets.load(write_files(tmp_path, files))
