"""What the records of a channel are held against."""

from dataclasses import dataclass, replace

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats
from linear_learner.data.place import Place
from linear_learner.data.records import Records, SparseRows
from linear_learner.errors import ClientError


@dataclass(frozen=True, slots=True)
class Checks:
    """What is known of the records before they are read.

    Attributes
    ----------
    predictor_type
        Decides which labels there may be.
    classes
        Number of classes: 2 for a binary classifier, 0 for a regressor.
    feature_dim
        Number of features of every record; None: as the first one has.
    sparse
        Whether every record has the features alone that are not 0; None: as
        the first one.
    """

    predictor_type: str
    classes: int
    feature_dim: int | None = None
    sparse: bool | None = None

    @classmethod
    def of(cls, given: Hyperparameters) -> "Checks":
        """Return what the hyperparameters say of the records."""
        classes = {"binary_classifier": 2, "regressor": 0}.get(
            given.predictor_type, given.num_classes or 0
        )
        return cls(given.predictor_type, classes, given.feature_dim)

    def as_in(self, records: Records) -> "Checks":
        """Return the checks of what follows some records: it has to be like them."""
        sparse = isinstance(records.features, SparseRows)
        return replace(self, feature_dim=records.feature_dim, sparse=sparse)

    @property
    def allowed_labels(self) -> str:
        """Which labels there may be."""
        if not self.classes:
            return "a finite number"
        allowed = "0 or 1" if self.classes == 2 else f"an integer from 0 to {self.classes - 1}"
        return f"{allowed} for a {self.predictor_type}"

    def check(self, records: Records, place: Place) -> None:
        """Check width, labels and features of records that stand in one place.

        Raises
        ------
        ClientError
            For the first record of another width, with a label out of range,
            or with a feature that is not finite.
        """
        if not len(records):
            return
        width = records.feature_dim
        if not width:
            raise place.refuse(0, "there is no feature")
        if self.feature_dim not in (None, width):
            raise place.refuse(0, f"{width} features: expected {self.feature_dim}")
        self._check_labels(records.labels, place)
        _check_finite(records, place)

    def _check_labels(self, labels: Floats, place: Place) -> None:
        right = np.isfinite(labels)
        if self.classes:
            right &= (labels >= 0) & (labels < self.classes) & (labels == np.floor(labels))
        if not right.all():
            wrong = int(np.argmin(right))
            label = np.format_float_positional(labels[wrong], trim="-")
            raise place.refuse(wrong, f"label {label}: expected {self.allowed_labels}")


def _check_finite(records: Records, place: Place) -> None:
    features = records.features
    values = features.data if isinstance(features, SparseRows) else features
    finite = np.isfinite(values)
    if finite.all():
        return
    if isinstance(features, SparseRows):
        at = int(np.argmin(finite))
        record = int(np.searchsorted(features.indptr, at, side="right")) - 1
        column, value = int(features.indices[at]), features.data[at]
    else:
        record, column = divmod(int(np.argmin(finite)), records.feature_dim)
        value = features[record, column]
    raise place.refuse(
        record, f"feature {column} is {value}: expected a finite number within float32"
    )


class SeenLabels:
    """The labels of one pass: a binary classifier needs both."""

    def __init__(self) -> None:
        self.records = 0
        self._lowest = np.inf
        self._highest = -np.inf

    def add(self, labels: Floats) -> None:
        """Take note of labels."""
        self.records += len(labels)
        self._lowest = min(self._lowest, float(labels.min(initial=np.inf)))
        self._highest = max(self._highest, float(labels.max(initial=-np.inf)))

    def check(self, channel: str, checks: Checks) -> None:
        """Check the labels of a whole pass.

        Raises
        ------
        ClientError
            If there is no record, or all those of a binary classifier are of
            one class.
        """
        if not self.records:
            raise ClientError(f"channel {channel}: there is no record")
        if checks.classes == 2 and self._lowest == self._highest:
            raise ClientError(
                f"channel {channel}: all {self.records} records have label {self._lowest:g}: "
                "expected both 0 and 1"
            )
