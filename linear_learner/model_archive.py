"""A trained model by its path: ``model.tar.gz`` as SageMaker leaves it in S3, or what it holds.

An archive is not trusted: only the one member that is a model is read, into
memory, and no more bytes than a model may have.
"""

import gzip
import io
import os
import tarfile
import zlib
from pathlib import Path
from typing import Final, Protocol

from linear_learner import artifact
from linear_learner.artifact import FILE_NAME, MAXIMUM_BYTES, MOST_MEMBERS, ArtifactError
from linear_learner.model import LinearModel

ARCHIVE_SUFFIXES: Final = (".tar.gz", ".tgz")
LARGEST_ARCHIVE: Final = MAXIMUM_BYTES + (1 << 20)
"""Bytes of an archive that are looked at, unpacked: a model, its header and small files before."""

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\3\4"

_MALFORMED: Final = (
    *(tarfile.TarError, OSError, EOFError, zlib.error),
    *(KeyError, ValueError, RecursionError),  # headers of nothing, or a chain of them
)
"""What gzip and tarfile raise for an archive that is none."""


def load_model(path: Path) -> LinearModel:
    """Read a trained model.

    Parameters
    ----------
    path
        Of a ``model.tar.gz`` or a ``model_algo-1``, whatever they are called,
        or of a folder that holds the latter.

    Raises
    ------
    ArtifactError
        If it is missing, damaged, larger than a model may be, or not a model
        of Linear Learner.
    """
    if path.is_dir():
        return artifact.load(path)
    try:
        return artifact.decode(_artifact(path))
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error
    except _MALFORMED as error:
        told = error.strerror if isinstance(error, OSError) else None
        raise ArtifactError(f"{path}: {told or f'not a tar.gz: {error}'}") from error


def save_model(model: LinearModel, path: Path) -> Path:
    """Write a trained model; until all of it is written, it does not appear.

    Parameters
    ----------
    path
        Of the archive, ``*.tar.gz`` or ``*.tgz``; of a folder that exists, to
        write a ``model_algo-1`` into; or of a file to write the same to.

    Returns
    -------
    Path
        Of the file that was written.
    """
    if path.is_dir():
        return artifact.save(model, path)
    content = artifact.encode(model)
    unfinished = path.with_name(f".{path.name}.unfinished")
    if path.name.endswith(ARCHIVE_SUFFIXES):
        _pack(content, unfinished)
    else:
        unfinished.write_bytes(content)
    os.replace(unfinished, path)  # noqa: PTH105 - one way to say "at once, or not at all"
    return path


def _pack(content: bytes, target: Path) -> None:
    member = tarfile.TarInfo(FILE_NAME)
    member.size = len(content)
    # Without a time and a name in gzip's header, the same model is the same bytes.
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        tar.addfile(member, io.BytesIO(content))


def _artifact(path: Path) -> bytes:
    """Read what is in an archive, or in the file itself."""
    with path.open("rb") as file:
        begin = file.read(len(_ZIP))
    if begin.startswith(_GZIP):
        with gzip.open(path) as file, tarfile.open(fileobj=_Bounded(file), mode="r|") as tar:
            return _member(tar)
    if begin != _ZIP:
        raise ArtifactError(f"neither a tar.gz nor a {FILE_NAME}")
    if path.stat().st_size > MAXIMUM_BYTES:
        raise ArtifactError(f"expected at most {MAXIMUM_BYTES:,} bytes")
    return path.read_bytes()


def _member(tar: tarfile.TarFile) -> bytes:
    for number, member in enumerate(tar):
        if number == MOST_MEMBERS:
            raise ArtifactError(f"over {MOST_MEMBERS} members")
        if member.name.removeprefix("./") == FILE_NAME:
            return _content(tar, member)
    raise ArtifactError(f"{FILE_NAME} is missing")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if not member.isreg() or member.issparse() or member.size > MAXIMUM_BYTES:
        raise ArtifactError(
            f"{member.name}: expected a regular file of at most {MAXIMUM_BYTES:,} bytes"
        )
    file = tar.extractfile(member)
    assert file is not None, "a regular file has content"  # noqa: S101 - for the type checker
    return file.read()


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Bounded(io.RawIOBase):
    """Gives a file's bytes up to `LARGEST_ARCHIVE`: a few of gzip's can stand for any number."""

    def __init__(self, file: _Readable) -> None:
        self._file = file
        self._left = LARGEST_ARCHIVE

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise ArtifactError(f"expected at most {LARGEST_ARCHIVE:,} bytes, unpacked")
        return piece
