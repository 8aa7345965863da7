"""Pipe mode: a channel's objects through named pipes, one pipe an epoch."""

import itertools
import os
import select
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from errno import ENXIO
from pathlib import Path
from threading import Event, Thread
from typing import Final

from local_aws.sagemaker.storage import StorageError

_POLL_SECONDS: Final = 0.01
_CLOSE_SECONDS: Final = 10.0


class _ReaderGoneError(Exception):
    """Nobody reads, or will read, what is left of the epoch."""


class Pipe:
    """Writes a channel into ``<channel>_<epoch>``, epoch after epoch, for whoever reads it.

    The pipe of epoch 0 is there before the container starts. The next one
    appears when all of an epoch is written, or its reader has closed it: a
    container may read as much of it as it likes.

    Parameters
    ----------
    path
        The folder and the channel's name.
    stream
        Gives the bytes of an epoch, in pieces.
    """

    def __init__(self, path: Path, stream: Callable[[int], Iterable[bytes]]) -> None:
        self._path = path
        self._stream = stream
        self._closed = Event()
        self._thread = Thread(target=self._run, daemon=True, name=f"pipe {path.name}")
        self._failure: Exception | None = None
        self._make(0)
        self._thread.start()

    def check(self) -> None:
        """Raise what keeps the channel from being read on.

        Raises
        ------
        StorageError
            If S3 refuses.
        Exception
            Any other, which is a defect of this service.
        """
        if self._failure is not None:
            raise self._failure
        if not self._thread.is_alive():
            raise RuntimeError(f"nobody writes {self._path} any more")

    def close(self) -> None:
        """Write no more, and wait until nothing is left of it."""
        self._closed.set()
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        for epoch in itertools.count():
            try:
                with self._opened(epoch) as pipe:
                    self._write_epoch(pipe, epoch)
            except _ReaderGoneError:
                pass
            if self._closed.is_set():
                return

    def _write_epoch(self, pipe: int, epoch: int) -> None:
        try:
            for piece in self._stream(epoch):
                self._write(pipe, memoryview(piece))
        except StorageError as error:
            self._fail(error)
        except _ReaderGoneError:
            raise
        except Exception as error:
            self._fail(error)
            raise

    def _fail(self, error: Exception) -> None:
        """Keep the pipe open: the reader must not take its end for the end of the data."""
        self._failure = error
        self._closed.wait()

    @contextmanager
    def _opened(self, epoch: int) -> Generator[int]:
        """Open an epoch's pipe when it has a reader; the next one is there before its end."""
        pipe = self._when_it_has_a_reader(epoch)
        try:
            yield pipe
        finally:
            self._named(epoch).unlink(missing_ok=True)
            if not self._closed.is_set():
                self._make(epoch + 1)
            os.close(pipe)

    def _when_it_has_a_reader(self, epoch: int) -> int:
        while not self._closed.wait(_POLL_SECONDS):
            try:
                return os.open(self._named(epoch), os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != ENXIO:
                    raise
        raise _ReaderGoneError

    def _write(self, pipe: int, rest: memoryview) -> None:
        poll = select.poll()
        poll.register(pipe, select.POLLOUT)
        while rest:
            if self._closed.is_set():
                raise _ReaderGoneError
            if not poll.poll(1000 * _POLL_SECONDS):
                continue
            try:
                rest = rest[os.write(pipe, rest) :]
            except BrokenPipeError:
                raise _ReaderGoneError from None

    def _make(self, epoch: int) -> None:
        os.mkfifo(self._named(epoch))

    def _named(self, epoch: int) -> Path:
        return self._path.with_name(f"{self._path.name}_{epoch}")
