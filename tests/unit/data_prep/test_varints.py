"""Many varints and runs of bytes at once do what one after the other would."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_prep.recordio import varints
from data_prep.recordio.runs import copy_runs
from tests.unit.data_prep.recordio_bytes import varint

INTEGERS = st.integers(0, 63).flatmap(lambda bits: st.integers(0, (1 << (bits + 1)) - 1))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(INTEGERS, max_size=6), max_size=5))
def test_integers_are_written_one_behind_the_other_and_read_again(runs: list[list[int]]) -> None:
    values = np.array([value for run in runs for value in run], np.uint64)
    lengths = varints.lengths(values)
    assert lengths.tolist() == [len(varint(int(value))) for value in values]
    ends = np.cumsum(lengths, dtype=np.int64)
    encoded = np.zeros(int(lengths.sum()) + varints.MAXIMUM_LENGTH, np.uint8)
    varints.put(encoded, ends - lengths, values, lengths)
    encoded = encoded[: int(lengths.sum())]
    assert encoded.tobytes() == b"".join(varint(int(value)) for value in values)
    decoded, ends_read = varints.decode(encoded)
    assert decoded.tolist() == values.tolist()
    assert ends_read.tolist() == ends.tolist()


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (b"\x85\x80\x80\x00", 5),
        (b"\x80" * 9 + b"\x00", 0),
        (b"\xff" * 9 + b"\x7f", (1 << 64) - 1),
    ],
    ids=["leading zeros", "ten bytes of zero", "bits beyond the 64th"],
)
def test_a_varint_longer_than_it_has_to_be_is_decoded(encoded: bytes, value: int) -> None:
    decoded, _ = varints.decode(np.frombuffer(b"\x07" + encoded + b"\x07", np.uint8))
    assert decoded.tolist() == [7, value, 7]


def test_a_varint_of_eleven_bytes_is_refused_where_it_begins() -> None:
    encoded = np.frombuffer(b"\x07\x81\x01" + b"\x80" * 10 + b"\x01", np.uint8)
    with pytest.raises(varints.VarintError) as refusal:
        varints.decode(encoded)
    assert refusal.value.position == 3


SIZES = st.lists(st.integers(0, 40) | st.sampled_from([1 << 16, 200_000]), min_size=1, max_size=8)


@settings(deadline=None, max_examples=200)
@given(sizes=SIZES, alike=st.booleans())
def test_runs_of_any_length_are_copied(sizes: list[int], *, alike: bool) -> None:
    if alike:
        sizes = [sizes[0]] * len(sizes)
    source = np.random.default_rng(len(sizes)).integers(0, 256, 300_000).astype(np.uint8)
    starts = np.linspace(0, 99_999, len(sizes)).astype(np.int64)
    places = np.cumsum([3, *(size + 2 for size in sizes)])
    target = np.zeros(int(places[-1]) + 5, np.uint8)
    copy_runs(source, starts, target, places[:-1], np.array(sizes))
    for (place, following), start, size in zip(pairwise(places), starts, sizes, strict=True):
        assert (target[place : place + size] == source[start : start + size]).all()
        assert not target[place + size : following].any(), "bytes between the runs were written"
