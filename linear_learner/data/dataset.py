"""Records in memory."""

from dataclasses import dataclass

from linear_learner.arrays import Floats


@dataclass(frozen=True, slots=True)
class Dataset:
    """Records of one channel.

    Attributes
    ----------
    features
        Shape (records, features), as they came: nothing is ever scaled in place.
    labels
        Shape (records,).
    """

    features: Floats
    labels: Floats

    @property
    def records(self) -> int:
        """Number of records."""
        return len(self.labels)

    @property
    def feature_dim(self) -> int:
        """Number of features of a record."""
        return self.features.shape[1]
