"""``mnist.pkl.gz``: a pickle of (features, labels) for train, validation and test."""

from typing import Final, cast

from data_prep.dataset import Dataset, RawSplit, make_dataset
from data_prep.dataset_file import DatasetFile
from data_prep.errors import NotADatasetError
from data_prep.pickle_machine import PICKLE_MAGIC
from data_prep.pickled_arrays import PickledArray, read_pickle

_PROTOCOLS: Final = range(2, 6)


def is_pickle(head: bytes) -> bool:
    """Tell from its first bytes whether a file is a pickle of protocol 2 or newer."""
    return head[:1] == PICKLE_MAGIC and len(head) > 1 and head[1] in _PROTOCOLS


def read_mnist_pickle(file: DatasetFile) -> Dataset:
    """Read a dataset out of a pickle.

    Parameters
    ----------
    file
        A pickle of three pairs, or of two: train and test. Values are taken as
        they are; MNIST's are a pixel's byte divided by 256.

    Raises
    ------
    DatasetError
        What `data_prep.pickled_arrays.read_pickle` refuses, a pickle of
        anything else, and records that cannot be learnt from.
    """
    pairs = _sequence(read_pickle(file))
    if len(pairs) not in (2, 3):
        raise _not_a_dataset(file)
    train, *validation, test = (_split(file, pair) for pair in pairs)
    return make_dataset(
        train,
        validation[0] if validation else None,
        test,
        format="pickle",
        dtype=train.features.dtype.name,
    )


def _split(file: DatasetFile, pair: object) -> RawSplit:
    arrays = [part.value for part in _sequence(pair) if isinstance(part, PickledArray)]
    match arrays:
        case [features, labels] if features is not None and labels is not None:
            return RawSplit(features, labels)
        case _:
            raise _not_a_dataset(file)


def _sequence(value: object) -> tuple[object, ...]:
    """Return the parts of a tuple or a list; of anything else, none."""
    return tuple(cast("tuple[object, ...]", value)) if isinstance(value, tuple | list) else ()


def _not_a_dataset(file: DatasetFile) -> NotADatasetError:
    return NotADatasetError(
        f"{file.name} holds something else than (features, labels) "
        "for train, validation and test, or for train and test"
    )
