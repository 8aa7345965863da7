"""A file of a dataset, read from its beginning to its end."""

import gzip
import zlib
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from data_prep.errors import (
    DamagedDatasetError,
    EmptyDatasetError,
    NotADatasetError,
    OversizedDatasetError,
)

MAXIMUM_EXPANSION: Final = 100
"""How many times its compressed size a file may grow to; MNIST's pickle grows 14 times."""

_ALWAYS_ADMITTED: Final = 1 << 20
"""Bytes that any compressed file may grow to: tiny datasets may well be very regular."""

_GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE: Final = 1 << 20


class DatasetFile:
    """The content of a file, decompressed where it is gzip'd, and never more than is sane.

    Parameters
    ----------
    path
        The file. Messages call it by its name alone.

    Raises
    ------
    EmptyDatasetError
        If the file has no content.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name
        size = path.stat().st_size
        if not size:
            raise EmptyDatasetError(f"{self.name} is empty")
        self._file = path.open("rb")
        self._compressed = self._file.read(2) == _GZIP_MAGIC
        self._file.seek(0)
        self._stream = gzip.GzipFile(fileobj=self._file) if self._compressed else self._file
        expanded = max(MAXIMUM_EXPANSION * size, _ALWAYS_ADMITTED)
        self._left = expanded if self._compressed else size
        self.bytes_read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._file.close()

    def read(self, size: int) -> bytes:
        """Return the next ``size`` bytes.

        Raises
        ------
        DamagedDatasetError
            If fewer are left, or they cannot be decompressed.
        OversizedDatasetError
            If the file would grow beyond `MAXIMUM_EXPANSION`.
        """
        if size > self._left:
            raise self._too_large() if self._compressed else self._cut_off(size)
        data = self.read_up_to(size)
        if len(data) < size:
            raise self._cut_off(size)
        return data

    def read_up_to(self, size: int) -> bytes:
        """Return the next ``size`` bytes, or what is left if that is less.

        Raises
        ------
        DamagedDatasetError
            If they cannot be decompressed.
        """
        try:
            data = self._stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DamagedDatasetError(f"{self.name} is truncated or damaged: {error}") from error
        except MemoryError as error:
            raise OversizedDatasetError(f"{self.name}: no memory for {size} bytes") from error
        self._left -= len(data)
        self.bytes_read += len(data)
        return data

    def read_line(self, longest: int) -> bytes:
        """Return the next line without its end.

        Raises
        ------
        NotADatasetError
            If it is longer than ``longest`` bytes.
        """
        line = bytearray()
        while (byte := self.read(1)) != b"\n":
            line += byte
            if len(line) > longest:
                raise NotADatasetError(f"{self.name} holds a line where none is expected")
        return bytes(line)

    def finish(self) -> None:
        """Make sure that nothing is left, and that the checksum of the compression is right.

        Raises
        ------
        NotADatasetError
            If something is left.
        """
        if self.read_up_to(1):
            raise NotADatasetError(f"{self.name} goes on where the dataset has ended")

    def drain(self) -> None:
        """Read what is left, so that a damaged or monstrous file is called that first."""
        while self._left > 0 and (piece := self.read_up_to(min(_PIECE, self._left))):
            del piece
        if self.read_up_to(1):
            raise self._too_large()

    def _cut_off(self, size: int) -> DamagedDatasetError:
        return DamagedDatasetError(
            f"{self.name} is cut off: {size} bytes should follow the first {self.bytes_read}"
        )

    def _too_large(self) -> OversizedDatasetError:
        return OversizedDatasetError(
            f"{self.name} would grow to more than {MAXIMUM_EXPANSION} times its compressed size"
        )
