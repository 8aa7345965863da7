"""What a function's process finds on disk: its bundle, and the boto3 that AWS's runtime has."""

import hashlib
import io
import sysconfig
import tempfile
import threading
import zipfile
from functools import cache
from pathlib import Path
from typing import Final

_RUNTIME_PACKAGES: Final = (
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "six.py",
    "urllib3",
)
"""boto3 and what it needs: all that AWS's Python runtime has beside the standard library."""

_unpacking = threading.Lock()


def task_root(archive: bytes) -> Path:
    """Return the folder of a bundle, unpacked once for all the functions that share it."""
    folder = _folder("bundles") / hashlib.sha256(archive).hexdigest()
    with _unpacking:
        if not folder.exists():
            staged = Path(tempfile.mkdtemp(dir=folder.parent))
            with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
                bundle.extractall(staged)
            staged.rename(folder)
    return folder


@cache
def runtime_root() -> Path:
    """Return a folder that holds boto3 and its dependencies alone, of this environment's."""
    installed = Path(sysconfig.get_path("purelib"))
    folder = _folder("runtime")
    for name in _RUNTIME_PACKAGES:
        (folder / name).symlink_to(installed / name)
    return folder


def _folder(name: str) -> Path:
    folder = Path(tempfile.gettempdir()) / "lambda" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
