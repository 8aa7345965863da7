"""Streaming: as little in memory as is said, and the same records as if they were held."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linear_learner.data import streamed
from linear_learner.data.blocks import Layout
from linear_learner.data.checks import Checks
from linear_learner.data.passes import FilePasses
from linear_learner.data.pieces import Piece
from linear_learner.data.records import Records
from linear_learner.data.streamed import StreamedSource
from linear_learner.errors import ClientError
from tests.unit.linear_learner.data.samples import (
    BINARY,
    WRITERS,
    decoder_of,
    equal,
    table,
    together,
    write_files,
)

DATA = table(2_000)
BATCH, BLOCK_BYTES, PIECE_BYTES = 10, 3_000, 1_000


class CountingPasses(FilePasses):
    """Counts the records that were decoded."""

    decoded = 0

    def next(self, checks: Checks, random: np.random.Generator | None) -> Iterator[Piece]:
        self.decoded = 0
        for piece in super().next(checks, random):
            self.decoded += len(piece.records)
            yield piece


def streaming(folder: Path, kind: str) -> tuple[StreamedSource, CountingPasses]:
    write_files(folder, WRITERS[kind](DATA[:900]), WRITERS[kind](DATA[900:]))
    passes = CountingPasses(folder, decoder_of(kind), PIECE_BYTES)
    first = next(passes.head(BINARY)).records
    source = StreamedSource(
        "train",
        passes,
        Layout.of(first),
        BINARY.as_in(first),
        BATCH,
        block_bytes=BLOCK_BYTES,
    )
    return source, passes


@pytest.mark.parametrize("kind", WRITERS)
def test_no_more_is_decoded_than_the_blocks_that_wait(kind: str, tmp_path: Path) -> None:
    source, passes = streaming(tmp_path, kind)
    used = 0
    most_waiting = 0
    blocks: list[Records] = []
    for block in source.blocks():
        used += len(block)
        blocks.append(block)
        time.sleep(0.002)  # training, slower than decoding
        most_waiting = max(most_waiting, passes.decoded - used)
    assert equal(together(blocks), DATA)
    largest = max(map(len, blocks))
    a_piece = PIECE_BYTES // 20  # no record of these is shorter
    assert most_waiting <= 4 * largest + a_piece < len(DATA.labels) // 2
    assert len(blocks) > 10


def test_the_number_of_records_is_known_after_a_pass(tmp_path: Path) -> None:
    source, _ = streaming(tmp_path, "dense")
    assert source.records is None
    next(iter(source.blocks()))
    assert source.records is None
    assert len(together(source.blocks()).labels) == 2_000
    assert source.records == 2_000


def test_the_head_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = streaming(tmp_path, "csv")
    assert len(source.head(1_500)) == 1_500
    monkeypatch.setattr(streamed, "HEAD_BYTES", 5_000)
    head = source.head(1_500)
    assert equal(together([head]), DATA[: len(head)])
    assert 5_000 <= head.nbytes <= 5_000 + PIECE_BYTES


def test_a_drawn_order_mixes_the_data_in_every_block(tmp_path: Path) -> None:
    source, _ = streaming(tmp_path, "dense")
    random = np.random.default_rng(0)
    together(source.blocks(random))  # where the pieces are is not known yet
    place = {value: row for row, value in enumerate(DATA.features[:, 0].tolist())}
    spreads = [
        np.ptp([place[value] for value in together([block]).features[:, 0].tolist()])
        for block in source.blocks(random)
    ]
    assert np.median(spreads) > 500


def test_an_error_comes_after_the_blocks_before_it(tmp_path: Path) -> None:
    source, _ = streaming(tmp_path, "csv")
    labels = DATA.labels.copy()
    labels[1_500] = 3
    write_files(tmp_path, WRITERS["csv"](replace(DATA, labels=labels)))
    blocks = source.blocks()
    seen = sum(len(next(blocks)) for _ in range(10))
    assert seen > 500
    with pytest.raises(ClientError, match="file part-0, record 1500: label 3"):
        list(blocks)
