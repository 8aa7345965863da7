"""The manifest: what Prepare made of a dataset. Written last: where it is, all the rest is."""

from pydantic import Field

from contract.execution_input import Sha256
from contract.model import ContractModel
from contract.names import Channel


class DatasetSource(ContractModel):
    """Which dataset it was."""

    uri: str
    sha256: Sha256
    format: str


class Shard(ContractModel):
    """One recordIO-protobuf object."""

    key: str
    records: int
    bytes: int
    sha256: Sha256


class SplitReport(ContractModel):
    """What the inspection found in one split.

    Attributes
    ----------
    records
        Number of records.
    labels
        Records by their label in the dataset (``{"0": 4932, ...}``).
    positives
        Records whose label is the positive one.
    minimum, maximum
        Range of all feature values.
    constant_features
        Number of features with one value in the whole split.
    shards
        The objects that hold the split.
    """

    records: int
    labels: dict[str, int]
    positives: int
    minimum: float
    maximum: float
    constant_features: int
    shards: tuple[Shard, ...] = Field(strict=False)


class Manifest(ContractModel):
    """What lies beside it under ``prepared/``.

    Attributes
    ----------
    feature_dim
        Number of features of a record.
    dtype
        Type of the features in the dataset; they are float32 in the shards.
    duplicates
        Records that stand in two splits, by the pair (``{"train+test": 0}``).
    seed
        The seed of the shuffle.
    code_version
        Which version of the project's code made it.
    """

    source: DatasetSource
    positive_label: int
    feature_dim: int
    dtype: str
    splits: dict[Channel, SplitReport]
    duplicates: dict[str, int]
    seed: int
    code_version: str
