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
from linear_learner.artifact import FILE_NAME, MAXIMUM_BYTES, ArtifactError
from linear_learner.model import LinearModel

ARCHIVE_SUFFIXES: Final = (".tar.gz", ".tgz")
LARGEST_ARCHIVE: Final = MAXIMUM_BYTES + (1 << 20)
"""Bytes of an archive that are looked at, unpacked: a model, its header and small files before."""

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
        A ``model.tar.gz``, a ``model_algo-1``, or a folder that holds the latter.

    Raises
    ------
    ArtifactError
        If it is missing, damaged, larger than a model may be, or not a model
        of Linear Learner.
    """
    if path.is_dir():
        return artifact.load(path)
    if path.name.endswith(ARCHIVE_SUFFIXES):
        return _unpack(path)
    if path.name == FILE_NAME:
        return artifact.load(path.parent)
    raise ArtifactError(f"{path}: expected a folder, {FILE_NAME}, or an archive *.tar.gz")


def save_model(model: LinearModel, path: Path) -> Path:
    """Write a trained model; until all of it is written, it does not appear.

    Parameters
    ----------
    path
        Of the ``*.tar.gz`` or of the ``model_algo-1`` to write, or of the
        folder to write the latter into.

    Returns
    -------
    Path
        Of the file that was written.
    """
    if path.name.endswith(ARCHIVE_SUFFIXES):
        return _pack(artifact.encode(model), path)
    if path.is_dir():
        return artifact.save(model, path)
    if path.name == FILE_NAME:
        return artifact.save(model, path.parent)
    raise ValueError(f"{path}: expected a folder that exists, {FILE_NAME}, or an archive *.tar.gz")


def _pack(content: bytes, target: Path) -> Path:
    member = tarfile.TarInfo(FILE_NAME)
    member.size = len(content)
    unfinished = target.with_name(f".{target.name}.unfinished")
    # Without a time and a name in gzip's header, the same model is the same bytes.
    with (
        unfinished.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        tar.addfile(member, io.BytesIO(content))
    os.replace(unfinished, target)  # noqa: PTH105 - one way to say "at once, or not at all"
    return target


def _unpack(archive: Path) -> LinearModel:
    try:
        with gzip.open(archive) as file, tarfile.open(fileobj=_Bounded(file), mode="r|") as tar:
            return artifact.decode(_member(tar))
    except ArtifactError as error:
        raise ArtifactError(f"{archive}: {error}") from error
    except FileNotFoundError as error:
        raise ArtifactError(f"{archive}: {error.strerror}") from error
    except _MALFORMED as error:
        raise ArtifactError(f"{archive}: not a tar.gz: {error}") from error


def _member(tar: tarfile.TarFile) -> bytes:
    for member in tar:
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
