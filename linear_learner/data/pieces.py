"""Reading a stream of bytes piece by piece, each of whole records."""

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

import numpy as np

from linear_learner.data.checks import Checks
from linear_learner.data.decoder import Bytes, Decoder
from linear_learner.data.place import Place
from linear_learner.data.records import Records

PIECE_BYTES: Final = 4 << 20
"""How much is read and decoded at once."""

LARGEST_RECORD: Final = 256 << 20
"""Bytes: a record that is announced as larger is a damaged one."""


class ByteStream(Protocol):
    """An unbuffered file, or a FIFO."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read up to as many bytes as there is room for; 0 at the end."""
        ...


class Piece(NamedTuple):
    """Some records that stand one behind the other.

    Attributes
    ----------
    place
        Where they begin.
    size
        How many bytes they take.
    records
        Checked, and with memory of their own.
    """

    place: Place
    size: int
    records: Records


def read_pieces(
    stream: ByteStream,
    decoder: Decoder,
    place: Place,
    checks: Checks,
    piece_bytes: int = PIECE_BYTES,
) -> Iterator[Piece]:
    """Decode a stream from its beginning to its end.

    Where the pieces are cut depends on the bytes alone, and not on how many of
    them come at a time.

    Raises
    ------
    ClientError
        At the first record that is damaged or refused by the checks.
    """
    buffer = np.empty(piece_bytes, np.uint8)
    filled, ended = 0, False
    while not ended:
        wanted = len(buffer)
        filled += fill(stream, buffer[filled:])
        ended = filled < wanted
        size = decoder.cut(buffer[:filled])
        if size:
            piece = decode_piece(buffer[:size], decoder, place, checks)
            yield piece
            place, checks = _behind(piece, checks)
            buffer[: filled - size] = buffer[size:filled].copy()
            filled -= size
        elif not ended:
            buffer = _enlarged(buffer, place)
    if filled:
        whole = decoder.close(buffer, filled, place)
        yield decode_piece(buffer[:whole], decoder, place, checks)._replace(size=filled)


def decode_piece(data: Bytes, decoder: Decoder, place: Place, checks: Checks) -> Piece:
    """Decode and check the records that begin at a place.

    Raises
    ------
    ClientError
        At the first record that is damaged or refused by the checks.
    """
    records = decoder.decode(data, place, checks)
    checks.check(records, place)
    return Piece(place, len(data), records)


def _behind(piece: Piece, checks: Checks) -> tuple[Place, Checks]:
    """Return where the next piece begins, and what it is held against."""
    if len(piece.records):
        checks = checks.as_in(piece.records)
    return piece.place.after(len(piece.records), piece.size), checks


def fill(stream: ByteStream, buffer: Bytes) -> int:
    """Read as much as there is room for; less is the end of the stream."""
    filled = 0
    while filled < len(buffer):
        count = stream.readinto(buffer[filled:].data)
        if not count:
            break
        filled += count
    return filled


def _enlarged(buffer: Bytes, place: Place) -> Bytes:
    if len(buffer) >= LARGEST_RECORD:
        raise place.refuse(0, f"is longer than {LARGEST_RECORD} bytes: the file may be damaged")
    larger = np.empty(4 * len(buffer), np.uint8)
    larger[: len(buffer)] = buffer
    return larger
