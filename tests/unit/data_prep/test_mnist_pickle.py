"""Pickles: what Python 2 and 3 wrote is read, and nothing in them ever runs."""

import gzip
import os
import pickle
import pickletools
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data_prep import datasets
from data_prep.dataset import Dataset
from data_prep.errors import (
    DamagedDatasetError,
    DatasetError,
    EmptyDatasetError,
    NotADatasetError,
    UnsafePickleError,
)
from data_prep.pickle_machine import _INSTRUCTIONS  # pyright: ignore[reportPrivateUsage]
from tests.unit.data_prep.samples import (
    Pair,
    only_text,
    pair,
    three_pairs,
    write_gzip,
    write_pickle,
)


def assert_holds(dataset: Dataset, pairs: tuple[Pair, ...]) -> None:
    for read, (features, labels) in zip(dataset, pairs, strict=True):
        np.testing.assert_array_equal(read.features, features.reshape(len(features), -1))
        np.testing.assert_array_equal(read.labels, labels)
        assert read.features.dtype == np.float32
        assert read.labels.dtype == np.int64


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("compressed", [True, False])
def test_every_protocol_is_read(tmp_path: Path, protocol: int, compressed: bool) -> None:
    content = pickle.dumps(three_pairs(), protocol)
    path = tmp_path / "any.name"
    path.write_bytes(gzip.compress(content) if compressed else content)
    dataset = datasets.load(path)
    assert_holds(dataset, three_pairs())
    assert (dataset.format, dataset.dtype, dataset.feature_dim) == ("pickle", "float32", 16)


PYTHON_2_PICKLE = Path(__file__).parent / "python-2.7-numpy-1.16.pkl.gz"
"""Made by cPickle, protocol 2: float32, big-endian float32 and float64 in Fortran order."""


def test_a_pickle_that_python_2_wrote_is_read() -> None:
    expected = tuple(
        ((np.arange(16 * n) % 256 / 256).reshape(n, 16), np.arange(n) % 10) for n in (12, 6, 6)
    )
    assert_holds(datasets.load(PYTHON_2_PICKLE), expected)


CHANGES: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "float64": lambda x: x.astype("<f8"),
    "big-endian": lambda x: x.astype(">f8"),
    "fortran order": np.asfortranarray,
    "three dimensions": lambda x: x.reshape(-1, 4, 4),
    "a view": lambda x: x[::-1][::-1],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("protocol", [2, 5])
def test_other_arrays_of_the_same_values_are_the_same_dataset(
    tmp_path: Path, change: Callable[[NDArray[Any]], NDArray[Any]], protocol: int
) -> None:
    pairs = [[change(x), y.astype(np.uint8)] for x, y in three_pairs()]
    path = write_pickle(tmp_path / "mnist.pkl.gz", pairs, protocol)
    assert_holds(datasets.load(path), three_pairs())


def test_without_a_validation_part_it_is_the_last_sixth_of_train(tmp_path: Path) -> None:
    train, test = pair(60), pair(20)
    dataset = datasets.load(write_pickle(tmp_path / "two.pkl.gz", (train, test)))
    expected = ((train[0][:50], train[1][:50]), (train[0][50:], train[1][50:]), test)
    assert_holds(dataset, expected)


# What a pickle may not do. Each of these would leave a file if any of it ran.


class Runs:
    """An object whose pickle calls a function when it is loaded."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    ("function", "name"),
    [(os.mkdir, "mkdir"), (exec, "exec"), (Path, "Path"), (np.load, "load"), (np.empty, "empty")],
)
def test_a_pickle_that_imports_anything_else_is_refused(
    tmp_path: Path, protocol: int, function: Callable[..., Any], name: str
) -> None:
    trap = tmp_path / "trap"
    argument = f"import os; os.mkdir({str(trap)!r})" if function is exec else str(trap)
    content = (*three_pairs()[:2], Runs(function, argument))
    path = write_pickle(tmp_path / "mnist.pkl.gz", content, protocol)
    with pytest.raises(UnsafePickleError, match=rf"mnist\.pkl\.gz imports '.*{name}'"):
        datasets.load(path)
    assert not trap.exists(), "the pickle's code ran"


def raw(*instructions: bytes) -> bytes:
    return b"\x80\x04" + b"".join(instructions) + b"."


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


DTYPE = name("numpy", "dtype")
RECONSTRUCT = name("numpy.core.multiarray", "_reconstruct")
NDARRAY = name("numpy", "ndarray")
FROM_BUFFER = name("numpy.core.numeric", "_frombuffer")
EMPTY_ARRAY = RECONSTRUCT + NDARRAY + b"K\x00\x85C\x01b\x87R"
FLOAT32 = DTYPE + b"C\x02f4\x85R"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (raw(name("os", "system") + b"C\x04true\x85R"), "imports 'os.system'"),
        (raw(b"\x8c\x02os\x8c\x06system\x93"), "imports 'os.system'"),
        (raw(name("numpy", "ndarray.tofile")), "imports 'numpy.ndarray.tofile'"),
        (raw(b"ios\nsystem\n"), "uses the instruction b'i'"),
        (raw(b"(" + NDARRAY + b"o"), "uses the instruction b'o'"),
        (raw(NDARRAY + b")\x81"), r"uses the instruction b'\\x81'"),
        (raw(b"C\x01aQ"), "uses the instruction b'Q'"),
        (raw(b"\x82\x01"), r"uses the instruction b'\\x82'"),
        (raw(b"\x97"), r"uses the instruction b'\\x97'"),
        (raw(NDARRAY + b"J\x00\x00\x00\x7f\x85\x85R"), "calls what it may not"),
        (raw(RECONSTRUCT + NDARRAY + b"J\x00\x00\x00\x7f\x85C\x01b\x87R"), "calls what it may not"),
        (raw(RECONSTRUCT + DTYPE + b"K\x00\x85C\x01b\x87R"), "calls what it may not"),
        (raw(FLOAT32 + b"C\x01aR"), "what is no tuple"),
        (raw(DTYPE + b"C\x01O\x85R"), "an array of type 'O'"),
        (raw(DTYPE + b"C\x02V8\x85R"), "an array of type 'V8'"),
        (raw(DTYPE + b"C\x05f4,O8\x85R"), "an array of type 'f4,O8'"),
        (raw(FLOAT32 + b"(K\x03C\x01<C\x01aNNtb"), "a state that it cannot have"),
        (raw(NDARRAY + b"(tb"), "a state that it cannot have"),
        (
            raw(EMPTY_ARRAY + b"(K\x01K\x01\x85" + FLOAT32 + b"\x89]tb"),
            "a state that it cannot have",
        ),
        (raw(name("_codecs", "encode") + b"\x8c\x01a\x8c\x05utf-8\x86R"), "calls what it may not"),
        (raw(name("_codecs", "encode") + b"C\x01a\x8c\x05rot13\x86R"), "calls what it may not"),
        (raw(b"N" * 20_000), "more than 10000 instructions"),
    ],
    ids=only_text,
)
def test_a_pickle_that_does_anything_else_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = write_gzip(tmp_path / "evil.pkl.gz", content)
    with pytest.raises(UnsafePickleError, match=reason) as refusal:
        datasets.load(path)
    assert str(refusal.value).startswith("evil.pkl.gz ")


def test_text_that_is_encoded_again_and_again_is_refused(tmp_path: Path) -> None:
    text = b"X" + struct.pack("<I", 100_000) + b"a" * 100_000 + b"q\x00"
    again = name("_codecs", "encode") + b"h\x00\x8c\x06latin1\x86R"
    path = write_gzip(tmp_path / "laughs.pkl.gz", raw(text, again * 500))
    with pytest.raises(UnsafePickleError, match="encodes the same text again and again"):
        datasets.load(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (raw(b"\x85"), "an instruction lacks its operand"),
        (raw(b"(K\x01\x86"), "an instruction lacks its operand"),
        (raw(b"t"), "an instruction lacks its mark"),
        (raw(b"h\x07"), "it refers to what it has not stored"),
        (raw(b"K\x01K\x02a"), "appended to what is no list"),
        (raw(b"T\xff\xff\xff\xff"), "a string of -1 bytes"),
        (raw(b"\x8c\x01\xff"), "a string is not UTF-8"),
        (raw(b"K\x01K\x02\x93"), "a name is not a string"),
        (
            raw(name("_codecs", "encode") + b"X\x03\0\0\0\xe2\x82\xac\x8c\x06latin1\x86R"),
            "than 255",
        ),
        (raw(FLOAT32 + b"(K\x03C\x01!NNNtb"), "there is no byte order '!'"),
        (raw(EMPTY_ARRAY + b"(K\x01K\x02\x85" + FLOAT32 + b"\x89C\x04abcdtb"), "do not fit"),
        (
            raw(EMPTY_ARRAY + b"(K\x01J\xff\xff\xff\xff\x85" + FLOAT32 + b"\x89C\x04abcdtb"),
            "1 to 4 sizes",
        ),
        (
            raw(FROM_BUFFER + b"(C\x04abcd" + FLOAT32 + b"(" + b"K\x01" * 70 + b"t\x8c\x01CtR"),
            "1 to 4 sizes",
        ),
        (raw(b"B\x00\x00\x00\x7f"), "would grow to more than 100 times"),
        (raw(b"\x8e" + b"\xff" * 8), "would grow to more than 100 times"),
        (raw(b"B\x00\x01\x00\x00"), "is cut off"),
    ],
    ids=only_text,
)
def test_a_pickle_that_contradicts_itself_is_refused(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = write_gzip(tmp_path / "broken.pkl.gz", content)
    with pytest.raises(DatasetError, match=reason):
        datasets.load(path)


def test_an_index_of_the_memo_allocates_nothing(tmp_path: Path) -> None:
    path = write_gzip(tmp_path / "memo.pkl.gz", raw(b"Nr\xff\xff\xff\x7f"))
    tracemalloc.start()
    with pytest.raises(NotADatasetError):
        datasets.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize(
    "content",
    [
        {"train": pair(9)},
        pair(9)[0],
        (pair(9),),
        (pair(9), pair(9), pair(9), pair(9)),
        (pair(9), (pair(9)[0],), pair(9)),
        (pair(9), pair(9), (pair(9)[0], [1, 2, 3])),
        "a string",
        None,
    ],
    ids=["dict", "array", "one pair", "four pairs", "no labels", "a list", "a string", "none"],
)
def test_a_pickle_of_something_else_is_refused(tmp_path: Path, content: object) -> None:
    path = write_pickle(tmp_path / "other.pkl.gz", content, 4)
    with pytest.raises((NotADatasetError, UnsafePickleError), match=r"other\.pkl\.gz"):
        datasets.load(path)


def test_an_empty_array_is_refused(tmp_path: Path) -> None:
    empty = (np.empty((0, 16), np.float32), np.empty(0, np.int64))
    path = write_pickle(tmp_path / "mnist.pkl.gz", (empty, empty, empty), 4)
    with pytest.raises(EmptyDatasetError, match="an array without elements"):
        datasets.load(path)


def test_data_behind_the_pickle_are_refused(tmp_path: Path) -> None:
    path = write_gzip(tmp_path / "two.pkl.gz", pickle.dumps(three_pairs(), 2) * 2)
    with pytest.raises(NotADatasetError, match="goes on where the dataset has ended"):
        datasets.load(path)


def test_a_pickle_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    content = pickle.dumps((pair(6), pair(6), pair(6)), 4)
    path = tmp_path / "cut.pkl"
    for size in range(2, len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(DamagedDatasetError):
            datasets.load(path)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300
)
@given(
    position=st.integers(0, 1 << 20), byte=st.integers(0, 255), protocol=st.sampled_from([2, 4, 5])
)
def test_a_broken_byte_is_refused_or_read(
    tmp_path: Path, position: int, byte: int, protocol: int
) -> None:
    content = bytearray(pickle.dumps((pair(6), pair(6), pair(6)), protocol))
    content[position % len(content)] = byte
    path = tmp_path / "fuzzed.pkl"
    path.write_bytes(content)
    try:
        dataset = datasets.load(path)
    except DatasetError:
        return
    assert all(len(split.features) == len(split.labels) > 0 for split in dataset)


def test_only_instructions_of_the_standard_library_are_carried_out() -> None:
    """The opcodes are `pickle`'s own constants: this holds their meaning to `pickletools`."""
    known = {opcode.code.encode("latin-1"): opcode.name for opcode in pickletools.opcodes}
    for opcode in _INSTRUCTIONS:
        assert getattr(pickle, known[opcode]) == opcode
