"""What a training container reads: files that were downloaded, pipes that are being written."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

from local_aws.sagemaker.channels import Channel, Item
from local_aws.sagemaker.pipe import Pipe
from local_aws.sagemaker.storage import Storage, StorageError

_PIECE_BYTES: Final = 2**20


class InputError(Exception):
    """A channel cannot be read; the message is the job's FailureReason."""


class TrainingInput:
    """The folder ``input/data`` of a training container.

    Parameters
    ----------
    storage
        S3 as the job's role sees it.
    folder
        Where the channels go.
    stopped
        Asked before each object that is downloaded; the rest is left if it answers yes.
    """

    def __init__(self, storage: Storage, folder: Path, stopped: Callable[[], bool]) -> None:
        self._storage = storage
        self._folder = folder
        self._stopped = stopped
        self._pipes: list[Pipe] = []

    def add(self, channel: Channel) -> None:
        """Make a channel readable.

        Raises
        ------
        InputError
            If it cannot be read, or holds no object.
        """
        try:
            count = self._pipe(channel) if channel.mode == "Pipe" else self._download(channel)
        except StorageError as error:
            raise _failed(error) from error
        if count == 0 and not self._stopped():
            raise InputError(f"ClientError: Data download failed:No S3 objects under {channel.uri}")

    def check(self) -> None:
        """Raise `InputError` if a channel can be read no further."""
        for pipe in self._pipes:
            try:
                pipe.check()
            except StorageError as error:
                raise _failed(error) from error

    def close(self) -> None:
        """Stop writing."""
        for pipe in self._pipes:
            pipe.close()

    def _download(self, channel: Channel) -> int:
        """Download all objects, and return how many there were."""
        folder = self._folder / channel.name
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        for item in channel.items(self._storage):
            if self._stopped():
                break
            self._storage.download(item.uri, _inside(folder, item.name))
            count += 1
        return count

    def _pipe(self, channel: Channel) -> int:
        """Begin to stream all objects, and return how many there are."""
        items = list(channel.items(self._storage))
        if items:
            stream = partial(self._stream, channel, items)
            self._pipes.append(Pipe(self._folder / channel.name, stream))
        return len(items)

    def _stream(self, channel: Channel, items: list[Item], epoch: int) -> Iterator[bytes]:
        """Yield the bytes of all objects, one behind the other."""
        for item in channel.order(items, epoch):
            pieces = self._storage.pieces(item.uri)
            yield from _decompressed(item.uri, pieces) if channel.gzip else pieces


def _failed(error: StorageError) -> InputError:
    return InputError(f"ClientError: Data download failed:Failed to download data. {error}")


def _inside(folder: Path, name: str) -> Path:
    if ".." in PurePosixPath(name).parts or name.startswith("/"):
        raise StorageError(f"the key {name!r} would be written outside of its channel")
    return folder / name


class _Joined(io.RawIOBase):
    """Pieces of bytes as a file to read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _decompressed(uri: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=io.BufferedReader(_Joined(pieces))) as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise StorageError(f"{uri} is not gzip'd: {error}") from error
