"""Small datasets, and their files."""

import gzip
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pair = tuple[NDArray[Any], NDArray[Any]]


def pair(records: int, seed: int = 0, width: int = 16) -> Pair:
    """Records as MNIST's pickle has them, with labels 0 to 9 one after the other."""
    pixels = np.random.default_rng(seed).integers(0, 256, (records, width))
    return (pixels / 256).astype(np.float32), np.arange(records) % 10


def three_pairs() -> tuple[Pair, Pair, Pair]:
    return pair(40, 1), pair(20, 2), pair(30, 3)


def write_gzip(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content, mtime=0))
    return path


def write_pickle(path: Path, content: object, protocol: int = 2) -> Path:
    return write_gzip(path, pickle.dumps(content, protocol))


def idx(array: NDArray[Any], code: int = 8) -> bytes:
    """An array in idx."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def idx_files(train: int = 60, test: int = 20, side: int = 4) -> dict[str, bytes]:
    """The four files of a dataset of bytes."""
    random = np.random.default_rng(5)
    files: dict[str, bytes] = {}
    for part, records in (("train", train), ("t10k", test)):
        images = random.integers(0, 256, (records, side, side), np.uint8)
        files[f"{part}-images-idx3-ubyte"] = idx(images)
        files[f"{part}-labels-idx1-ubyte"] = idx((np.arange(records) % 10).astype(np.uint8))
    return files


def write_files(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def only_text(value: object) -> str:
    """Name a test by its text parameters: bytes make names that nobody reads."""
    return value if isinstance(value, str) else ""
