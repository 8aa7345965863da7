"""Which version of the code prepared a dataset."""

import hashlib
from functools import cache
from pathlib import Path

import data_prep
import lambdas.prepare


@cache
def code_version() -> str:
    """Return 12 hex digits that change with the code that decides what the shards hold."""
    digest = hashlib.sha256()
    for package in (data_prep, lambdas.prepare):
        folder = Path(str(package.__file__)).parent
        for source in sorted(folder.rglob("*.py")):
            digest.update(f"{source.relative_to(folder)}\0".encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
