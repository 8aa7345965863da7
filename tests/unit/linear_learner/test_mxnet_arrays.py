"""MXNet's file of arrays: byte for byte, and refused if damaged."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linear_learner.mxnet_arrays import read_arrays, write_arrays

WEIGHT = np.array([[1.5], [-2.0]], np.float32)
BIAS = np.array([[0.25]], np.float32)


def array_bytes(array: np.ndarray, *, magic: int = 0xF993FAC9, dtype: int = 0) -> bytes:
    head = struct.pack("<IiI", magic, 0, array.ndim) + struct.pack(f"<{array.ndim}q", *array.shape)
    return head + struct.pack("<iii", 1, 0, dtype) + array.astype("<f4").tobytes()


def name_bytes(name: str) -> bytes:
    return struct.pack("<Q", len(name)) + name.encode()


def file_bytes(*arrays: bytes, names: tuple[str, ...], magic: int = 0x112) -> bytes:
    head = struct.pack("<QQQ", magic, 0, len(arrays))
    tail = struct.pack("<Q", len(names)) + b"".join(map(name_bytes, names))
    return head + b"".join(arrays) + tail


WHOLE = file_bytes(array_bytes(WEIGHT), array_bytes(BIAS), names=("arg:fc0_weight", "arg:fc0_bias"))


def test_the_writer_writes_the_documented_bytes() -> None:
    assert write_arrays({"arg:fc0_weight": WEIGHT, "arg:fc0_bias": BIAS}) == WHOLE


def test_arrays_are_read_by_name_in_any_order() -> None:
    turned = file_bytes(
        array_bytes(BIAS), array_bytes(WEIGHT), names=("arg:fc0_bias", "arg:fc0_weight")
    )
    for content in (WHOLE, turned):
        arrays = read_arrays(content)
        assert np.array_equal(arrays["arg:fc0_weight"], WEIGHT)
        assert np.array_equal(arrays["arg:fc0_bias"], BIAS)


@given(
    shapes=st.dictionaries(
        st.text(min_size=1, max_size=9).filter(lambda name: name.isprintable()),
        st.lists(st.integers(0, 5), max_size=4),
        max_size=4,
    )
)
def test_what_is_written_is_read(shapes: dict[str, list[int]]) -> None:
    random = np.random.default_rng(0)
    arrays = {name: random.random(shape, np.float32) for name, shape in shapes.items()}
    found = read_arrays(write_arrays(arrays))
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize("size", range(len(WHOLE)))
def test_a_file_cut_off_at_any_byte_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        read_arrays(WHOLE[:size])


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_arrays(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (WHOLE + b"\0", "bytes follow"),
        (file_bytes(names=(), magic=0x113), "file's magic number is 0x113"),
        (file_bytes(array_bytes(BIAS, magic=7), names=("a",)), "array's magic number is 0x7"),
        (file_bytes(array_bytes(BIAS, dtype=1), names=("a",)), "an array of float64"),
        (file_bytes(array_bytes(BIAS), names=("a", "b")), "number of names is 0x2"),
        (file_bytes(array_bytes(BIAS), array_bytes(BIAS), names=("a", "a")), "names occur twice"),
        (
            struct.pack("<QQQ", 0x112, 0, 1 << 60),
            "1152921504606846976 arrays: expected 1000 at most",
        ),
        (
            file_bytes(*[array_bytes(np.empty(0, np.float32))] * 1001, names=()),
            "1001 arrays: expected 1000 at most",
        ),
        (
            file_bytes(struct.pack("<IiIqq", 0xF993FAC9, 0, 2, 1 << 40, 1 << 40), names=("a",)),
            "cut off|expected",
        ),
        (
            file_bytes(struct.pack("<IiIq", 0xF993FAC9, 0, 1, -1) + bytes(12), names=("a",)),
            "shape",
        ),
        (file_bytes(struct.pack("<IiI", 0xF993FAC9, 0, 1 << 31) + bytes(40), names=("a",)), "dim"),
    ],
)
def test_damage_is_told(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_arrays(content)
