"""Channels: many files become one dataset, and what is wrong is told with its place."""

from pathlib import Path

import numpy as np
import pytest

from data_prep.recordio import write_dense
from linear_learner.data.channel import load_channel
from linear_learner.errors import ClientError
from tests.unit.linear_learner.samples import DenseRecords, dataset, write_channel

DATA = dataset(records=30)


def part(start: int, end: int) -> DenseRecords:
    return DenseRecords(DATA.features[start:end], DATA.labels[start:end])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "train"


def test_files_are_read_in_the_order_of_their_names(folder: Path) -> None:
    write_channel(folder, part(0, 10), part(10, 11), part(11, 30))
    loaded = load_channel(folder, None)
    assert np.array_equal(loaded.features, DATA.features)
    assert np.array_equal(loaded.labels, DATA.labels)
    assert loaded.features.flags.c_contiguous


def test_files_in_folders_and_empty_files_are_no_trouble(folder: Path) -> None:
    write_channel(folder / "2026", part(0, 30))
    (folder / "marker").touch()
    assert len(load_channel(folder, 6)) == 30


def test_float64_features_are_taken(folder: Path) -> None:
    write_channel(folder, DenseRecords(DATA.features.astype(np.float64), DATA.labels))  # pyright: ignore[reportArgumentType] - another type is the point
    assert np.array_equal(load_channel(folder, None).features, DATA.features)


def replaced(record: int, column: int, value: float) -> DenseRecords:
    features = part(10, 30).features.copy()
    features[record, column] = value
    return DenseRecords(features, part(10, 30).labels)


def labelled(record: int, value: float) -> DenseRecords:
    labels = part(10, 30).labels.copy()
    labels[record] = value
    return DenseRecords(part(10, 30).features, labels)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (replaced(4, 2, np.nan), "record 4: feature 2 is nan: expected a finite number"),
        (replaced(0, 0, -np.inf), "record 0: feature 0 is -inf: expected a finite number"),
        (labelled(7, 2), "record 7: label 2: expected 0 or 1"),
        (labelled(19, 0.5), "record 19: label 0.5: expected 0 or 1"),
        (labelled(3, np.nan), "record 3: label nan: expected 0 or 1"),
        (dataset(20, features=5), "record 0: 5 features: expected 6"),
    ],
)
def test_a_bad_record_is_told_with_channel_file_and_number(
    folder: Path, second: DenseRecords, reason: str
) -> None:
    write_channel(folder, part(0, 10), second)
    with pytest.raises(ClientError) as refusal:
        load_channel(folder, None)
    assert str(refusal.value).startswith(f"channel train, file part-00001.pbr, {reason}")


def test_the_width_that_was_announced_is_held_against_the_data(folder: Path) -> None:
    write_channel(folder, part(0, 30))
    with pytest.raises(ClientError, match="record 0: 6 features: expected 784"):
        load_channel(folder, 784)


def test_one_class_alone_is_refused(folder: Path) -> None:
    write_channel(folder, DenseRecords(DATA.features, np.ones(30, np.float32)))
    with pytest.raises(ClientError, match="channel train: all 30 records have label 1"):
        load_channel(folder, None)


def test_a_channel_without_records_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "empty").touch()
    with pytest.raises(ClientError, match="channel train: there is no record"):
        load_channel(folder, None)


def test_records_without_features_are_refused(folder: Path) -> None:
    write_channel(folder, DenseRecords(DATA.features[:, :0], DATA.labels))
    with pytest.raises(ClientError, match=r"file part-00000\.pbr, record 0: there is no feature"):
        load_channel(folder, None)


def test_records_without_labels_are_refused(folder: Path) -> None:
    folder.mkdir()
    with (folder / "part").open("wb") as file:
        write_dense(file, DATA.features)
    with pytest.raises(ClientError, match="file part: the records have no label"):
        load_channel(folder, None)


def test_a_damaged_file_is_told_with_the_offset(folder: Path) -> None:
    write_channel(folder, part(0, 10))
    file = folder / "part-00000.pbr"
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(ClientError, match=r"file part-00000.pbr: .*byte \d+"):
        load_channel(folder, None)
