"""The folder of what outlives a run, shared by every process of this checkout."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(folder: Path) -> Generator[None]:
    """Make the folder if need be, and let one process at a time change what is in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file at once, readable by its owner alone; the caller has the folder to itself.

    What a call that was killed has left under the staged name, the next call replaces.
    """
    staged = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(staged, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    staged.replace(path)
