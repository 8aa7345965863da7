"""Passes over files and FIFOs: each record once a pass, in orders that a seed repeats."""

import os
from pathlib import Path

import numpy as np
import pytest

from linear_learner.data import passes
from linear_learner.data.passes import FifoPasses, FilePasses
from linear_learner.errors import ClientError
from tests.unit.linear_learner.data.samples import (
    REGRESSOR,
    WRITERS,
    Fifos,
    Table,
    decoder_of,
    equal,
    table,
    together,
    write_files,
)

KINDS = pytest.mark.parametrize("kind", WRITERS)
DATA = table(90)


def files(folder: Path, kind: str) -> FilePasses:
    write = WRITERS[kind]
    last = write(DATA[60:])
    # The last newline of a CSV file may be missing.
    write_files(folder, write(DATA[:30]), write(DATA[30:60]), last.removesuffix(b"\n"))
    return FilePasses(folder, decoder_of(kind), piece_bytes=300)


def one_pass(source: FilePasses | FifoPasses, random: np.random.Generator | None = None) -> Table:
    return together(piece.records for piece in source.next(REGRESSOR, random))


def in_order(data: Table) -> Table:
    order = np.lexsort(data.features.T)
    return Table(data.features[order], data.labels[order])


@KINDS
def test_without_a_choice_the_order_is_that_of_the_files(kind: str, tmp_path: Path) -> None:
    source = files(tmp_path / "train", kind)
    for _ in range(3):
        assert equal(one_pass(source), DATA)


@KINDS
def test_with_a_choice_every_pass_has_an_order_of_its_own(kind: str, tmp_path: Path) -> None:
    source = files(tmp_path / "train", kind)
    random = np.random.default_rng(2)
    first, second, third = (one_pass(source, random) for _ in range(3))
    for seen in (first, second, third):
        assert equal(in_order(seen), in_order(DATA)), "all records, once"
    assert not equal(first, DATA)
    assert not equal(second, third)
    firsts = second.features[:, 0]
    in_files = [DATA.features[start : start + 30, 0] for start in (0, 30, 60)]
    turns = [next(i for i, file in enumerate(in_files) if value in file) for value in firsts]
    assert np.count_nonzero(np.diff(turns)) > 2, "pieces of all files are mixed"


@KINDS
def test_a_seed_repeats_the_orders(kind: str, tmp_path: Path) -> None:
    orders: list[list[Table]] = []
    for run in ("a", "b"):
        source, random = files(tmp_path / run / "train", kind), np.random.default_rng(3)
        orders.append([one_pass(source, random) for _ in range(3)])
    assert all(equal(a, b) for a, b in zip(*orders, strict=True))


@KINDS
def test_a_peek_takes_nothing_from_a_fifo(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "train"
    fifos = Fifos(folder, WRITERS[kind](DATA), WRITERS[kind](DATA[:50]))
    source = FifoPasses(folder, decoder_of(kind), piece_bytes=300)
    for expected in (DATA, DATA[:50]):
        for pieces in (1, 2, 1):
            head = source.head(REGRESSOR)
            peeked = together(next(head).records for _ in range(pieces))
            assert equal(peeked, expected[: len(peeked.labels)])
        assert equal(one_pass(source), expected)
    fifos.finish()


def test_a_pass_waits_until_its_fifo_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "train"
    source = FifoPasses(folder, decoder_of("csv"))
    pieces = source.next(REGRESSOR, None)
    fifos = Fifos(folder, WRITERS["csv"](DATA))
    assert equal(together(piece.records for piece in pieces), DATA)
    fifos.finish()


def test_a_fifo_that_never_comes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "FIFO_SECONDS", 0.05)
    with pytest.raises(TimeoutError, match=r"train_0: there is no FIFO after 0\.05 s"):
        next(FifoPasses(tmp_path / "train", decoder_of("csv")).head(REGRESSOR))


@KINDS
@pytest.mark.parametrize("left", [0, 100])
def test_a_file_that_was_cut_off_between_passes_is_told(
    kind: str, left: int, tmp_path: Path
) -> None:
    source, random = files(tmp_path / "train", kind), np.random.default_rng(4)
    one_pass(source, random)
    os.truncate(tmp_path / "train/part-1", left)
    with pytest.raises(ClientError, match=r"file part-1, record \d+: the file is shorter"):
        one_pass(source, random)


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_files_are_closed_when_a_pass_is_left(tmp_path: Path) -> None:
    source = files(tmp_path / "train", "csv")
    before = open_files()
    pieces = source.head(REGRESSOR)
    next(pieces)
    assert open_files() == before + 1
    del pieces
    assert open_files() == before
