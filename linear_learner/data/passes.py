"""Passing over a channel again and again: its files, or a FIFO for each pass."""

import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol, TypeVar

import numpy as np

from linear_learner.data.checks import Checks
from linear_learner.data.decoder import Decoder
from linear_learner.data.pieces import PIECE_BYTES, Piece, decode_piece, fill, read_pieces
from linear_learner.data.place import Place

FIFO_SECONDS: Final = 600
"""How long a pass waits for its FIFO, which is made when the one before was read."""

_POLL_SECONDS: Final = 0.02

T = TypeVar("T")


class Passes(Protocol):
    """Where the bytes of a channel come from."""

    def head(self, checks: Checks) -> Iterator[Piece]:
        """Give pieces from the beginning on, without taking them from any pass."""
        ...

    def next(self, checks: Checks, random: np.random.Generator | None) -> Iterator[Piece]:
        """Pass over all pieces once, in an order that is drawn where there is a choice."""
        ...


class FilePasses:
    """Passes over the files of a folder.

    The first pass goes through file after file, and takes note of where the
    pieces are; later ones go through the pieces in any order.

    Parameters
    ----------
    folder
        The channel's.
    decoder
        Of the files' format.
    piece_bytes
        How much is read at once.
    """

    def __init__(self, folder: Path, decoder: Decoder, piece_bytes: int = PIECE_BYTES) -> None:
        self._folder = folder
        self._decoder = decoder
        self._piece_bytes = piece_bytes
        self._index: list[tuple[Path, Place, int]] | None = None
        # Empty objects are the folder markers that consoles create.
        self.files = sorted(
            path for path in folder.rglob("*") if path.is_file() and path.stat().st_size
        )

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self._folder.name

    @property
    def nbytes(self) -> int:
        """The size of all files."""
        return sum(path.stat().st_size for path in self.files)

    def head(self, checks: Checks) -> Iterator[Piece]:
        """Give the pieces of file after file."""
        for file in self.files:
            yield from self._read(file, checks)

    def next(self, checks: Checks, random: np.random.Generator | None) -> Iterator[Piece]:
        """Give the pieces of file after file, or those that are known in any order."""
        if self._index is None or random is None:
            return self._walk(checks, _drawn(self.files, random))
        return self._jump(checks, _drawn(self._index, random))

    def _walk(self, checks: Checks, files: list[Path]) -> Iterator[Piece]:
        index: list[tuple[Path, Place, int]] = []
        for file in files:
            for piece in self._read(file, checks):
                index.append((file, piece.place, piece.size))
                yield piece
        self._index = index

    def _jump(self, checks: Checks, index: list[tuple[Path, Place, int]]) -> Iterator[Piece]:
        buffer = np.empty(max(size for *_, size in index) + 1, np.uint8)
        for file, place, size in index:
            with file.open("rb", buffering=0) as stream:
                stream.seek(place.offset)
                filled = fill(stream, buffer[:size])
            if filled < size:
                raise place.refuse(0, "the file is shorter than it was in the pass before")
            whole = self._decoder.close(buffer, filled, place)
            yield decode_piece(buffer[:whole], self._decoder, place, checks)

    def _read(self, file: Path, checks: Checks) -> Iterator[Piece]:
        name = os.fsencode(file.relative_to(self._folder)).decode(errors="backslashreplace")
        place = Place(self._folder.name, name)
        # Read and not mapped: what is mapped counts as the process's memory.
        with file.open("rb", buffering=0) as stream:
            yield from read_pieces(stream, self._decoder, place, checks, self._piece_bytes)


class FifoPasses:
    """Passes over a channel in Pipe mode: ``<channel>_0``, ``<channel>_1`` and so on.

    Parameters
    ----------
    folder
        Where the channel's files would be: the FIFOs are beside it.
    decoder, piece_bytes
        As for `FilePasses`.
    """

    def __init__(self, folder: Path, decoder: Decoder, piece_bytes: int = PIECE_BYTES) -> None:
        self._folder = folder
        self._decoder = decoder
        self._piece_bytes = piece_bytes
        self._passes = 0
        self._peeked: deque[Piece] = deque()
        self._upcoming: Iterator[Piece] | None = None

    def head(self, checks: Checks) -> Iterator[Piece]:
        """Give the first pieces of the next pass, which gives them again."""
        yield from tuple(self._peeked)
        if self._upcoming is None:
            self._upcoming = self._read(checks)
        for piece in self._upcoming:
            self._peeked.append(piece)
            yield piece

    def next(self, checks: Checks, random: np.random.Generator | None) -> Iterator[Piece]:  # noqa: ARG002 - a FIFO has one order
        """Give the pieces of the next FIFO."""
        peeked, upcoming = self._peeked, self._upcoming or self._read(checks)
        self._peeked, self._upcoming = deque(), None
        while peeked:
            yield peeked.popleft()
        yield from upcoming

    def _read(self, checks: Checks) -> Iterator[Piece]:
        fifo = self._folder.with_name(f"{self._folder.name}_{self._passes}")
        self._passes += 1
        _await(fifo)
        with fifo.open("rb", buffering=0) as stream:
            place = Place(self._folder.name, fifo.name)
            yield from read_pieces(stream, self._decoder, place, checks, self._piece_bytes)


def _drawn(items: list[T], random: np.random.Generator | None) -> list[T]:
    """Return the items in an order that is drawn, if there is something to draw from."""
    return items if random is None else [items[i] for i in random.permutation(len(items))]


def _await(fifo: Path) -> None:
    end = time.monotonic() + FIFO_SECONDS
    while not fifo.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"{fifo}: there is no FIFO after {FIFO_SECONDS} s")
        time.sleep(_POLL_SECONDS)
