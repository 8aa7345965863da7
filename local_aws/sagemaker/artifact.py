"""``model.tar.gz``: packed after a training, unpacked for an endpoint."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 2 * 2**30
MOST_FILES: Final = 10_000

_MALFORMED: Final = (
    *(tarfile.TarError, OSError, EOFError, zlib.error),
    *(KeyError, ValueError, RecursionError),  # links and names of nothing, a chain of headers
)
"""What tarfile raises for an archive that is none."""


class ArtifactError(Exception):
    """The archive is not one that may be unpacked."""


def pack(folder: Path, archive: Path) -> None:
    """Pack what a folder holds, under the names that it has there, without owners and times.

    So the same files give the same archive.
    """
    with (
        archive.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name, filter=_anonymous)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive that is not trusted: nothing gets outside of the folder.

    Raises
    ------
    ArtifactError
        If it is no gzip'd tar, is cut off, has links or special files that
        lead outside, or holds more than `MOST_BYTES` or `MOST_FILES`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in _bounded(tar):
                tar.extract(member, folder, filter="data")
    except _MALFORMED as error:
        raise ArtifactError(f"model.tar.gz cannot be unpacked: {error}") from error


def _bounded(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    total = 0
    for count, member in enumerate(tar, 1):
        total += member.size
        if count > MOST_FILES or total > MOST_BYTES:
            raise ArtifactError(
                f"model.tar.gz holds more than {MOST_FILES} files or {MOST_BYTES} bytes"
            )
        yield member


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member
