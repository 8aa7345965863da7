"""Which objects a dataset is made of."""

from typing import Final

from contract.names import split_s3_uri
from contract.plan import PlannedDataset

IDX_NAMES: Final = (
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
)
"""The files of MNIST in idx, sorted. They are known, so nobody has to list a foreign bucket."""


def alternatives(dataset: PlannedDataset) -> list[tuple[str, ...]]:
    """Return the keys of a dataset: an item an object, each with the keys it may have.

    A URI that ends with ``/``, and any URI of format idx, is a prefix of
    MNIST's four files, each of them compressed or not.
    """
    _, key = split_s3_uri(dataset.uri)
    if dataset.format != "idx" and not key.endswith("/"):
        return [(key,)]
    prefix = key if key.endswith("/") else f"{key}/"
    return [(f"{prefix}{name}", f"{prefix}{name}.gz") for name in IDX_NAMES]
