"""Reading a dataset, whatever its format."""

from os import PathLike
from pathlib import Path
from typing import Literal, get_args

from data_prep.dataset import Dataset
from data_prep.dataset_file import DatasetFile
from data_prep.errors import EmptyDatasetError, IncompleteDatasetError, NotADatasetError
from data_prep.idx import HEAD_SIZE, is_idx, read_idx
from data_prep.mnist_pickle import is_pickle, read_mnist_pickle

Format = Literal["auto", "pickle", "idx"]


def load(path: str | PathLike[str], format: Format = "auto") -> Dataset:  # noqa: A002
    """Read train, validation and test.

    Parameters
    ----------
    path
        A pickle such as ``mnist.pkl.gz``; or, for idx, the folder of the four
        files or the prefix of their names. Every file may be gzip'd.
    format
        ``"pickle"``, ``"idx"``, or ``"auto"``: told by the content, never by
        the name.

    Returns
    -------
    dataset
        Features are float32, labels int64. Where the files have no validation
        part, it is the last sixth of train. Unpacks into three pairs::

            (features, labels), validation, test = load("mnist.pkl.gz")

    Raises
    ------
    DatasetError
        Whatever is wrong with it; the class tells the kind, see
        `data_prep.errors`.
    ValueError
        If there is no such format.
    """
    if format not in get_args(Format):
        raise ValueError(f"format {format!r}: expected one of {', '.join(get_args(Format))}")
    path = Path(path)
    if path.is_file():
        return _load_file(path, format)
    if format == "pickle":
        raise IncompleteDatasetError(f"there is no file {path.name}")
    return read_idx(_idx_files(path))


def _load_file(path: Path, format: Format) -> Dataset:  # noqa: A002
    found = _recognize(path)
    if format not in ("auto", found):
        raise NotADatasetError(f"{path.name} is of format {found}: expected {format}")
    if found == "idx":
        raise IncompleteDatasetError(
            f"{path.name} is one file of idx: expected the folder or the prefix of all four"
        )
    with DatasetFile(path) as file:
        return read_mnist_pickle(file)


def _recognize(path: Path) -> Literal["pickle", "idx"]:
    with DatasetFile(path) as file:
        head = file.read_up_to(HEAD_SIZE)
        if is_pickle(head):
            return "pickle"
        if is_idx(head):
            return "idx"
        if not head:
            raise EmptyDatasetError(f"{path.name} has no content")
        file.drain()
    raise NotADatasetError(f"{path.name} is neither a pickle (protocol 2 or newer) nor idx")


def _idx_files(path: Path) -> list[Path]:
    """Find the idx files in a folder, or those whose names begin with a prefix."""
    folder, prefix = (path, "") if path.is_dir() else (path.parent, path.name)
    names = sorted(folder.glob("*")) if folder.is_dir() else []
    files = [file for file in names if file.is_file() and file.name.startswith(prefix)]
    if not files:
        raise IncompleteDatasetError(f"there is no file {path.name}, nor any that begins so")
    return [file for file in files if _holds_idx(file)]


def _holds_idx(path: Path) -> bool:
    with DatasetFile(path) as file:
        return is_idx(file.read_up_to(HEAD_SIZE))
