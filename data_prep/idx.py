"""idx: MNIST's own format, four files of big-endian arrays.

Source: http://yann.lecun.com/exdb/mnist/ - two zeros, the type, the number of
dimensions, each dimension as 32 bits, the elements.
"""

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_prep.dataset import Dataset, RawSplit, make_dataset
from data_prep.dataset_file import DatasetFile
from data_prep.errors import EmptyDatasetError, IncompleteDatasetError, NotADatasetError

_TYPES: Final = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_MOST_DIMENSIONS: Final = 4
HEAD_SIZE: Final = 4
"""Bytes that tell an idx file: two zeros, type, dimensions."""


class _Array(NamedTuple):
    name: str
    values: NDArray[Any]


def is_idx(head: bytes) -> bool:
    """Tell from its first bytes whether a file is idx."""
    return (
        len(head) == HEAD_SIZE
        and head[:2] == b"\0\0"
        and head[2] in _TYPES
        and 1 <= head[3] <= _MOST_DIMENSIONS
    )


def read_idx(paths: Sequence[Path]) -> Dataset:
    """Read a dataset from idx files.

    Parameters
    ----------
    paths
        Images and labels of a training set and of a test set. Whether a file
        holds images or labels is told by its dimensions; to which set it
        belongs, by its name: ``train`` or ``t10k`` or ``test`` in it. Images
        of bytes become float32, byte / 256.

    Raises
    ------
    IncompleteDatasetError
        If one of the four is missing, or there are two of a kind.
    DatasetError
        If a file is not idx, damaged, or its records cannot be learnt from.
    """
    arrays = [_Array(path.name, read_idx_file(path)) for path in paths]
    images = _choose(arrays, "train", images=True)
    train = RawSplit(_scaled(images), _choose(arrays, "train", images=False))
    test = RawSplit(
        _scaled(_choose(arrays, "test", images=True)), _choose(arrays, "test", images=False)
    )
    return make_dataset(train, None, test, format="idx", dtype=images.dtype.name)


def read_idx_file(path: Path) -> NDArray[Any]:
    """Read one idx file, gzip'd or not.

    Raises
    ------
    DatasetError
        If it is not idx, cut off, or goes on behind its end.
    """
    with DatasetFile(path) as file:
        head = file.read(HEAD_SIZE)
        if not is_idx(head):
            raise NotADatasetError(f"{file.name} is not an idx file")
        dtype, dimensions = _TYPES[head[2]], head[3]
        shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
        data = file.read(math.prod(shape) * dtype.itemsize)
        file.finish()
    if not data:
        raise EmptyDatasetError(f"{path.name} holds an array without elements")
    return np.frombuffer(data, dtype).reshape(shape)


def _scaled(images: NDArray[Any]) -> NDArray[Any]:
    return images * np.float32(1 / 256) if images.dtype == np.uint8 else images


def _choose(arrays: Sequence[_Array], part: str, *, images: bool) -> NDArray[Any]:
    """Find the one array that is a part's images or labels."""
    words = ("train",) if part == "train" else ("t10k", "test")
    found = [
        array
        for array in arrays
        if any(word in array.name for word in words) and (array.values.ndim > 1) == images
    ]
    if len(found) != 1:
        what = f"idx file of {part} {'images' if images else 'labels'}"
        names = ", ".join(array.name for array in found or arrays) or "no idx file at all"
        raise IncompleteDatasetError(f"expected one {what}, found {len(found)}: {names}")
    return found[0].values
