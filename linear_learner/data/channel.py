"""A channel's files, read into memory and checked."""

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio import RecordIOError, read
from linear_learner.arrays import Floats
from linear_learner.data.records import Records
from linear_learner.errors import ClientError

_CHUNK: Final = 4096
_CLASSES: Final = (0, 1)


@dataclass(frozen=True, slots=True)
class _Shard:
    """One file: views of the mapped file, where its layout allows."""

    name: str
    features: NDArray[Any]
    labels: NDArray[Any]


def load_channel(folder: Path, feature_dim: int | None) -> Records:
    """Read all files of a channel, in the order of their names.

    Parameters
    ----------
    folder
        The channel's folder; its last part is the channel's name.
    feature_dim
        Number of features that the records must have; None: as the first has.

    Raises
    ------
    ClientError
        With channel, file and record number (counted from 0): if there is no
        record, a file is damaged, or a record has a wrong width, no label, a
        label that is not 0 or 1, or a feature that is not finite; if all
        records are of one class.
    """
    shards = [_read_shard(path, folder) for path in _files(folder)]
    if not shards:
        raise ClientError(f"channel {folder.name}: there is no record in {folder}")
    expected = shards[0].features.shape[1] if feature_dim is None else feature_dim
    if not expected:
        raise ClientError(f"{shards[0].name}, record 0: there is no feature")
    records = sum(len(shard.labels) for shard in shards)
    features = np.empty((records, expected), np.float32)
    labels = np.empty(records, np.float32)
    start = 0
    for shard in shards:
        if shard.features.shape[1] != expected:
            raise ClientError(
                f"{shard.name}, record 0: {shard.features.shape[1]} features: expected {expected}"
            )
        end = start + len(shard.labels)
        _copy(shard, features[start:end], labels[start:end])
        start = end
    _check_classes(folder.name, labels)
    return Records(features, labels)


def _files(folder: Path) -> list[Path]:
    # Empty objects are the folder markers that consoles create.
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def _read_shard(path: Path, folder: Path) -> _Shard:
    name = f"channel {folder.name}, file {path.relative_to(folder)}"
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        features, labels = read(mapped)
    except RecordIOError as error:
        raise ClientError(f"{name}: {error}") from error
    if not isinstance(features, np.ndarray):
        raise ClientError(f"{name}: sparse records are not available yet: expected dense ones")
    if labels is None:
        raise ClientError(f"{name}: the records have no label: expected 0 or 1")
    return _Shard(name, features, labels)


def _copy(shard: _Shard, features: Floats, labels: Floats) -> None:
    """Copy a shard chunk by chunk, checking what was copied while it is in the cache."""
    for start in range(0, len(labels), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        # A float64 beyond float32 becomes infinite, and is told as that.
        with np.errstate(over="ignore"):
            features[chunk] = shard.features[chunk]
        finite = np.isfinite(features[chunk])
        if not finite.all():
            record, column = np.argwhere(~finite)[0]
            value = shard.features[start + record, column]
            raise ClientError(
                f"{shard.name}, record {start + record}: feature {column} is {value}: "
                "expected a finite number"
            )
    wrong = np.flatnonzero(~np.isin(shard.labels, _CLASSES))
    if len(wrong):
        raise ClientError(
            f"{shard.name}, record {wrong[0]}: label {shard.labels[wrong[0]]:g}: "
            "expected 0 or 1 for a binary_classifier"
        )
    labels[:] = shard.labels


def _check_classes(channel: str, labels: Floats) -> None:
    if labels.min() == labels.max():
        raise ClientError(
            f"channel {channel}: all {len(labels)} records have label {labels[0]:g}: "
            "expected both 0 and 1"
        )
