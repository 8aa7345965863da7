"""What a dataset is, once it is read: three splits of records that can be learnt from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_prep.errors import InvalidRecordsError

SplitName = Literal["train", "validation", "test"]

LARGEST_LABEL: Final = 255
"""Classes are numbered by a byte, as idx has them."""

_BLOCK: Final = 4096
"""Records that are looked at together: some megabytes."""


class Split(NamedTuple):
    """The records of one split.

    Attributes
    ----------
    features
        Shape (records, features), float32, all finite. May be a view that is
        not to be written to.
    labels
        Shape (records,), int64, from 0 to `LARGEST_LABEL`.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Three splits of one width. Iterating gives train, validation and test.

    Attributes
    ----------
    format
        The format that it was read from.
    dtype
        The type of the features in the file.
    """

    train: Split
    validation: Split
    test: Split
    format: Literal["pickle", "idx"]
    dtype: str

    def __iter__(self) -> Iterator[Split]:
        return iter((self.train, self.validation, self.test))

    @property
    def splits(self) -> dict[SplitName, Split]:
        """The splits by their names."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        return self.train.features.shape[1]


class RawSplit(NamedTuple):
    """Features and labels as a file has them."""

    features: NDArray[Any]
    labels: NDArray[Any]


def make_dataset(
    train: RawSplit,
    validation: RawSplit | None,
    test: RawSplit,
    *,
    format: Literal["pickle", "idx"],  # noqa: A002 - the word of the pipeline's input
    dtype: str,
) -> Dataset:
    """Check what was read, and bring it into one form.

    Parameters
    ----------
    train, validation, test
        Features of shape (records, …), labels of shape (records,). Without a
        validation part it is the last sixth of train.

    Raises
    ------
    InvalidRecordsError
        With split and record, if there are no records, shapes do not fit, a
        feature is not finite, or a label is no class.
    """
    train_split = _checked("train", train)
    test_split = _checked("test", test)
    if validation is None:
        train_split, validation_split = _divide(train_split)
    else:
        validation_split = _checked("validation", validation)
    dataset = Dataset(train_split, validation_split, test_split, format, dtype)
    for name, split in dataset.splits.items():
        if split.features.shape[1] != dataset.feature_dim:
            raise InvalidRecordsError(
                name,
                0,
                f"{split.features.shape[1]} features, but {dataset.feature_dim} in train",
            )
    return dataset


def _divide(train: Split) -> tuple[Split, Split]:
    size = len(train.labels) // 6
    if not size:
        raise InvalidRecordsError(
            "train", None, f"{len(train.labels)} records are too few to validate with a sixth"
        )
    return (
        Split(train.features[:-size], train.labels[:-size]),
        Split(train.features[-size:], train.labels[-size:]),
    )


def _checked(name: SplitName, raw: RawSplit) -> Split:
    features, labels = raw
    if features.ndim < 2 or labels.ndim != 1:
        raise InvalidRecordsError(
            name,
            None,
            f"features of shape {features.shape} and labels of shape {labels.shape}: "
            "expected (records, ...) and (records,)",
        )
    if not features.size:
        raise InvalidRecordsError(name, None, "there are no records")
    if len(features) != len(labels):
        raise InvalidRecordsError(name, None, f"{len(features)} records, but {len(labels)} labels")
    return Split(_checked_features(name, features), _checked_labels(name, labels))


def _checked_features(name: SplitName, features: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        rows = np.ascontiguousarray(features.reshape(len(features), -1), np.float32)
    for start in range(0, len(rows), _BLOCK):
        finite = np.isfinite(rows[start : start + _BLOCK])
        if not finite.all():
            record, feature = (int(place) for place in np.argwhere(~finite)[0])
            value = rows[start + record, feature]
            raise InvalidRecordsError(
                name, start + record, f"feature {feature} is {value}: expected a finite float32"
            )
    return rows


def _checked_labels(name: SplitName, labels: NDArray[Any]) -> NDArray[np.int64]:
    inside = (labels >= 0) & (labels <= LARGEST_LABEL) & (labels == np.floor(labels))
    if not inside.all():
        record = int(np.argmin(inside))
        raise InvalidRecordsError(
            name,
            record,
            f"label {labels[record]}: expected a whole number from 0 to {LARGEST_LABEL}",
        )
    return labels.astype(np.int64)
