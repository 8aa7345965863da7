"""The checksum of a dataset, which names its folder under ``raw/``."""

import hashlib
from collections.abc import Mapping


def dataset_checksum(checksums: Mapping[str, str]) -> str:
    """Return the SHA-256 of a dataset from those of its objects, by their names.

    Of one object it is the object's own; of several, that of their lines
    ``<sha256> <name>``, in the order of the names.
    """
    if len(checksums) == 1:
        return next(iter(checksums.values()))
    lines = "".join(f"{checksums[name]} {name}\n" for name in sorted(checksums))
    return hashlib.sha256(lines.encode()).hexdigest()
