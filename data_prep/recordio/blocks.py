"""Reading records block by block: of a long file, little more than the result is in memory."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data_prep.recordio.frames import Frames, find_frames
from data_prep.recordio.lockstep import parse_lockstep
from data_prep.recordio.runs import bounds_of
from data_prep.recordio.sparse import SparseRecords
from data_prep.recordio.tensors import decode_features, decode_labels
from data_prep.recordio.wire import RecordIOError

Contents = tuple[NDArray[Any] | SparseRecords, NDArray[Any] | None]
"""Features and labels."""

_MARGIN: Final = 1.05
"""How much more room is made than the blocks until now let expect."""


class _OtherLayoutError(Exception):
    """A block is not of the layout that is read here, or not of that of the others."""


def read_blocks(raw: NDArray[np.uint8]) -> Contents | None:
    """Read records of the layout that the SDK's writer gives them.

    Returns
    -------
    Features and labels, or None if the records have another layout or a fault.
    """
    reading: _Reading | None = None
    end = 0
    try:
        for frames in find_frames(raw):
            block = _decode(raw, frames)
            if reading is None:
                reading = _Reading(block)
            else:
                reading.extend(block, frames.following / len(raw))
            end = frames.following
    except (RecordIOError, _OtherLayoutError):
        return None
    return reading.contents() if reading and end == len(raw) else None


def _decode(raw: NDArray[np.uint8], frames: Frames) -> Contents:
    found = parse_lockstep(raw, frames)
    if found is None:
        raise _OtherLayoutError
    features, labels = found
    return decode_features(raw, features), decode_labels(raw, labels)


def _arrays(block: Contents) -> list[NDArray[Any]]:
    """Return what the blocks' contents are joined of."""
    features, labels = block
    joined = (
        [features.data, features.indices, np.diff(features.indptr)]
        if isinstance(features, SparseRecords)
        else [features.reshape(-1)]
    )
    return joined if labels is None else [*joined, labels]


class _Reading:
    """The contents of the blocks until now."""

    def __init__(self, first: Contents) -> None:
        self._layout = self._layout_of(first)
        self._records, self._width = first[0].shape
        self._sparse = isinstance(first[0], SparseRecords)
        self._labeled = first[1] is not None
        self._joined = [_Growing(array) for array in _arrays(first)]

    @staticmethod
    def _layout_of(block: Contents) -> tuple[object, ...]:
        types = [array.dtype for array in _arrays(block)]
        return isinstance(block[0], SparseRecords), block[0].shape[1], block[1] is None, types

    def extend(self, block: Contents, share: float) -> None:
        """Add a block, with which ``share`` of all there will be is there.

        Raises
        ------
        _OtherLayoutError
            If its layout is another than the first one's.
        """
        if self._layout_of(block) != self._layout:
            raise _OtherLayoutError
        self._records += block[0].shape[0]
        for growing, array in zip(self._joined, _arrays(block), strict=True):
            growing.extend(array, share)

    def contents(self) -> Contents:
        """Return everything; nothing can be added any more."""
        arrays = [growing.whole() for growing in self._joined]
        labels = arrays.pop() if self._labeled else None
        shape = (self._records, self._width)
        if not self._sparse:
            return arrays[0].reshape(shape), labels
        values, columns, counts = arrays
        return SparseRecords(values, columns, bounds_of(counts), shape), labels


class _Growing:
    """An array to which more is added, with room for as much as there is likely to be."""

    def __init__(self, first: NDArray[Any]) -> None:
        self._array = first
        self._size = len(first)

    def extend(self, part: NDArray[Any], share: float) -> None:
        """Add a part, with which ``share`` of all there will be is there."""
        size = self._size + len(part)
        if size > len(self._array):
            # Room that is not needed in the end takes no memory: it is never touched.
            array = np.empty(int(size / share * _MARGIN) + 1, self._array.dtype)
            array[: self._size] = self.whole()
            self._array = array
        self._array[self._size : size] = part
        self._size = size

    def whole(self) -> NDArray[Any]:
        return self._array[: self._size]
