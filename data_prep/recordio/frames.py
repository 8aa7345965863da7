"""Where the records of a buffer begin and end.

The lengths lead from one frame to the next, which is a walk record by record.
But nearly always the magic number stands at the beginnings of frames alone: so
all its occurrences are found at once, and one look tells whether each length
leads to the next of them. Where the number also occurs within a record, the
walk goes over the occurrences.
"""

from collections.abc import Iterator
from mmap import mmap
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.wire import FRAME_HEADER, MAGIC, RecordIOError, padding

Readable = bytes | bytearray | memoryview | mmap | NDArray[np.uint8]

Integers = NDArray[np.int64]

_BLOCK_BYTES: Final = 1 << 20
"""How much is looked through at once: what is found stays in the processor's cache."""

_WORD: Final = np.dtype("<u4")
_ALIGNMENT: Final = 4


class Frames(NamedTuple):
    """Whole records, one behind the other.

    Attributes
    ----------
    starts, ends
        Shape (records,): where each record's message lies in the buffer.
    """

    starts: Integers
    ends: Integers

    @property
    def following(self) -> int:
        """Where the next frame begins."""
        end = int(self.ends[-1])
        return end + padding(end)


def end_of_last_record(buffer: Readable) -> int:
    """Find where the last whole record ends, so that a stream can be cut there.

    ``buffer[:end]`` is what `data_prep.recordio.read` takes; ``buffer[end:]``
    is the beginning of a record, to be kept until more of the stream has come.
    If it is not empty at the stream's end, `data_prep.recordio.read` refuses
    it as cut off.

    Parameters
    ----------
    buffer
        Bytes of a stream of records, from the beginning of one of them.

    Returns
    -------
    The end, padding included; 0 if there is no whole record.

    Raises
    ------
    RecordIOError
        With the offset in the buffer, where a record's beginning should be and
        there is another magic number.
    """
    raw = np.frombuffer(buffer, np.uint8)
    end = 0
    for frames in find_frames(raw):
        end = frames.following
    if end + FRAME_HEADER.size <= len(raw):
        _check_magic(raw.data, end)
    return end


def find_frames(raw: NDArray[np.uint8]) -> Iterator[Frames]:
    """Find the records block by block, until one is not whole or none.

    Yields
    ------
    Frames
        The records, at least one, of about 1 MiB.
    """
    position = 0
    while (frames := _whole_frames(raw, position)) is not None:
        yield frames
        position = frames.following


def frame_at(view: memoryview, position: int) -> tuple[int, int, int]:
    """Find the beginning and the end of the record at ``position``, and the next frame's.

    Raises
    ------
    RecordIOError
        If there is no frame, or if it is not whole.
    """
    start = position + FRAME_HEADER.size
    if start > len(view):
        fault = "a record is cut off" if view else "there is no record"
        raise RecordIOError(len(view), f"{fault}: expected the 8 bytes of a header")
    size = _check_magic(view, position)
    following = start + size + padding(size)
    if following > len(view):
        raise RecordIOError(
            len(view), f"the record at byte {position} is cut off: it goes on to byte {following}"
        )
    return start, start + size, following


def _check_magic(view: memoryview, position: int) -> int:
    """Return the length behind the magic number."""
    magic, size = FRAME_HEADER.unpack_from(view, position)
    if magic != MAGIC:
        raise RecordIOError(position, f"magic number 0x{magic:08x}: expected 0x{MAGIC:08x}")
    return size


def _whole_frames(raw: NDArray[np.uint8], position: int) -> Frames | None:
    """Find the frames of a block that begins with one, if that one is whole."""
    words = raw[: len(raw) // _ALIGNMENT * _ALIGNMENT].view(_WORD)
    first, last = position // _ALIGNMENT, (position + _BLOCK_BYTES) // _ALIGNMENT
    found = first + np.flatnonzero(words[first : min(last, len(words) - 1)] == MAGIC)
    if not len(found) or found[0] != first:
        return None
    starts = found * _ALIGNMENT + FRAME_HEADER.size
    ends = starts + words[found + 1]
    following = ends + (-ends % _ALIGNMENT)
    beginnings = starts - FRAME_HEADER.size
    if not (following[:-1] == beginnings[1:]).all():
        chain = _walk(beginnings, following)
        starts, ends, following = starts[chain], ends[chain], following[chain]
    whole = len(starts) - int(following[-1] > len(raw))
    return Frames(starts[:whole], ends[:whole]) if whole else None


def _walk(beginnings: Integers, following: Integers) -> list[int]:
    """Go from the first frame to the next, and so on, as long as there is one."""
    nexts = np.searchsorted(beginnings, following)
    known = np.append(beginnings, -1)[nexts] == following
    successors: list[int] = np.where(known, nexts, len(beginnings)).tolist()
    chain: list[int] = []
    at = 0
    while at < len(successors):
        chain.append(at)
        at = successors[at]
    return chain
