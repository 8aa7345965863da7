"""The folder of one run: it is locked for as long as the run lives, and swept by the next."""

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from local_aws.state import exclusive


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """A run's own folder.

    Attributes
    ----------
    temporary
        What the run writes; it removes it when it ends.
    log
        What the run has to say; kept until another run starts.
    lock
        A descriptor that child processes inherit: the folder belongs to a
        live run for as long as one of them holds it open.
    """

    temporary: Path
    log: Path
    lock: int


def open_private_folder(state: Path) -> PrivateFolder:
    """Make a folder for a run, and remove those of the runs that have ended, however they did."""
    runs = state / "runs"
    with exclusive(runs):
        for folder in runs.iterdir():
            _remove_if_abandoned(folder)
        folder = Path(tempfile.mkdtemp(dir=runs, prefix=""))
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.set_inheritable(lock, True)
    temporary = folder / "tmp"
    temporary.mkdir()
    return PrivateFolder(temporary, folder / "server.log", lock)


def _remove_if_abandoned(folder: Path) -> None:
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    finally:
        os.close(lock)
    shutil.rmtree(folder, ignore_errors=True)
