"""What is in a dataset: ranges, labels, constant features, duplicates between splits."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data_prep.dataset import Dataset, Split, SplitName
from data_prep.labels import binary_labels

_BLOCK: Final = 1024
"""Records that are hashed together: some megabytes."""


@dataclass(frozen=True, slots=True)
class SplitInspection:
    """What is in one split.

    Attributes
    ----------
    labels
        Records by their label in the dataset, in the order of the labels.
    positives
        Records whose label is the positive one.
    minimum, maximum
        Range of all feature values.
    constant_features
        Number of features with one value in the whole split.
    """

    records: int
    labels: dict[str, int]
    positives: int
    minimum: float
    maximum: float
    constant_features: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in a dataset. That all features are finite, reading it has made sure.

    Attributes
    ----------
    dtype
        The type of the features in the file.
    duplicates
        By a pair of splits (``"train+test"``): the records of the second whose
        features, bit for bit, stand in the first too.
    """

    feature_dim: int
    dtype: str
    splits: dict[SplitName, SplitInspection]
    duplicates: dict[str, int]


def inspect(dataset: Dataset, positive_label: int) -> Inspection:
    """Look at every record of a dataset.

    Parameters
    ----------
    dataset
        Is read block by block.
    positive_label
        The class to recognise.

    Raises
    ------
    InvalidRecordsError
        If a split has one class only.
    """
    return Inspection(
        feature_dim=dataset.feature_dim,
        dtype=dataset.dtype,
        splits={
            name: _inspect_split(name, split, positive_label)
            for name, split in dataset.splits.items()
        },
        duplicates=_duplicates(dataset),
    )


def _inspect_split(name: SplitName, split: Split, positive_label: int) -> SplitInspection:
    lowest, highest = split.features.min(axis=0), split.features.max(axis=0)
    labels, counts = np.unique(split.labels, return_counts=True)
    positives = binary_labels(name, split.labels, positive_label)
    return SplitInspection(
        records=len(split.labels),
        labels={str(label): int(count) for label, count in zip(labels, counts, strict=True)},
        positives=int(np.count_nonzero(positives)),
        minimum=float(lowest.min()),
        maximum=float(highest.max()),
        constant_features=int(np.count_nonzero(lowest == highest)),
    )


def _duplicates(dataset: Dataset) -> dict[str, int]:
    hashes = {name: record_hashes(split.features) for name, split in dataset.splits.items()}
    return {
        f"{first}+{second}": int(np.isin(hashes[second], hashes[first]).sum())
        for first, second in combinations(hashes, 2)
    }


def record_hashes(features: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return 64 bits for each record that differ where any of its features' bits do.

    Two different records share them with a probability of about 2^-64, as in
    any good hash that is not made against an attacker: each word is multiplied
    by a random odd number of its own and folded, and the results are summed.

    Parameters
    ----------
    features
        Shape (records, features), contiguous.
    """
    words = features.view(np.uint32)
    random = np.random.RandomState(0).bytes(8 * words.shape[1])
    factors = np.frombuffer(random, np.uint64) | np.uint64(1)
    hashes = np.empty(len(words), np.uint64)
    for start in range(0, len(words), _BLOCK):
        mixed = words[start : start + _BLOCK] * factors
        mixed ^= mixed >> np.uint64(32)
        hashes[start : start + _BLOCK] = mixed.sum(axis=1)
    return hashes
