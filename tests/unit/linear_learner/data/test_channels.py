"""Channels: many files become one source, and what is wrong is told with its place."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.hyperparameters import parse
from data_prep.recordio import write_dense
from linear_learner.container import Container
from linear_learner.data import channels
from linear_learner.data.blocks import Block
from linear_learner.data.channel_config import ChannelConfig
from linear_learner.data.channels import open_channel, open_channels
from linear_learner.data.checks import Checks
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.data.source import Source
from linear_learner.data.streamed import StreamedSource
from linear_learner.errors import ClientError
from linear_learner.job import Job
from tests.unit.linear_learner.data.samples import (
    BINARY,
    MULTICLASS,
    REGRESSOR,
    WRITERS,
    Fifos,
    Table,
    equal,
    format_of,
    sparse_bytes,
    table,
    together,
    write_files,
)

DATA = table(30)
ENOUGH, NONE = 1 << 20, 0
"""Memory budgets: everything is held, or nothing is."""

KINDS = pytest.mark.parametrize("kind", WRITERS)
BUDGETS = pytest.mark.parametrize("budget", [ENOUGH, NONE])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "train"


def opened(folder: Path, kind: str, budget: int, checks: Checks = BINARY, batch: int = 4) -> Source:
    return open_channel(folder, ChannelConfig(format_of(kind)), checks, batch, budget)


def read_all(source: Source) -> Table:
    return together(source.blocks())


@KINDS
@BUDGETS
def test_files_are_read_in_the_order_of_their_names(folder: Path, kind: str, budget: int) -> None:
    write = WRITERS[kind]
    write_files(folder, write(DATA[:10]), write(DATA[10:11]), write(DATA[11:]))
    source = opened(folder, kind, budget)
    assert isinstance(source, HeldSource if budget else StreamedSource)
    assert source.name == "train"
    assert source.feature_dim == 6
    assert source.sparse == (kind == "sparse")
    for _ in range(2):
        assert equal(read_all(source), DATA)
    assert source.records == 30


@KINDS
@BUDGETS
def test_files_in_folders_and_empty_files_are_no_trouble(
    folder: Path, kind: str, budget: int
) -> None:
    write_files(folder / "2026/11", WRITERS[kind](DATA))
    write_files(folder, b"", b"")
    assert equal(read_all(opened(folder, kind, budget)), DATA)


@BUDGETS
def test_float64_features_are_taken(folder: Path, budget: int) -> None:
    folder.mkdir()
    with (folder / "part").open("wb") as file:
        write_dense(file, DATA.features.astype(np.float64), DATA.labels.astype(np.int64))
    assert equal(read_all(opened(folder, "dense", budget)), DATA)


@KINDS
def test_the_head_is_the_first_records_and_takes_none_away(folder: Path, kind: str) -> None:
    write_files(folder, WRITERS[kind](DATA[:10]), WRITERS[kind](DATA[10:]))
    for budget in (ENOUGH, NONE):
        source = opened(folder, kind, budget)
        for records in (0, 1, 12, 30, 99):
            assert equal(together([source.head(records)]), DATA[:records])
        assert equal(read_all(source), DATA)
        assert equal(together([source.head(12)]), DATA[:12])


@KINDS
def test_mostly_zeros_are_held_compressed(folder: Path, kind: str) -> None:
    zeros = table(100, 20, density=0.1)
    write_files(folder, WRITERS[kind](zeros))
    for budget in (ENOUGH, NONE):
        source = opened(folder, kind, budget)
        assert equal(read_all(source), zeros)
        assert source.head(5).features.shape == (5, 20)
        assert type(source.head(5).features).__name__ == "SparseRows"
        assert source.sparse == (kind == "sparse"), "as they came"


def test_a_channel_is_held_up_to_the_budget(folder: Path) -> None:
    write_files(folder, WRITERS["dense"](DATA))
    taken = DATA.features.nbytes + DATA.labels.nbytes
    assert isinstance(opened(folder, "dense", taken), HeldSource)
    assert isinstance(opened(folder, "dense", taken - 1), StreamedSource)


class Watched(Block):
    """Never takes more than a budget: an array that grows is there twice."""

    def add(self, records: Records) -> None:
        super().add(records)
        assert self.nbytes <= 60_000


def test_a_channel_that_grows_beyond_the_budget_is_streamed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "Block", Watched)
    # The first file is small for its length, since its records are nearly empty.
    empty, full = table(10, 50, density=0.02), table(200, 50, density=1)
    write_files(folder, sparse_bytes(empty), sparse_bytes(full))
    source = opened(folder, "sparse", 60_000)
    assert isinstance(source, StreamedSource)
    assert len(read_all(source).labels) == 210


def fresh(data: Table) -> Table:
    return Table(data.features.copy(), data.labels.copy())


FAULTS = [
    ((4, 2, np.nan), BINARY, "record 4: feature 2 is nan: expected a finite number"),
    ((0, 0, -np.inf), BINARY, "record 0: feature 0 is -inf: expected a finite number"),
    ((7, None, 2), BINARY, "record 7: label 2: expected 0 or 1 for a binary_classifier"),
    ((19, None, 0.5), BINARY, "record 19: label 0.5: expected 0 or 1"),
    ((3, None, np.nan), BINARY, "record 3: label nan: expected 0 or 1"),
    ((3, None, -1), MULTICLASS, "record 3: label -1: expected an integer from 0 to 3 for a multi"),
    ((3, None, 4), MULTICLASS, "record 3: label 4: expected an integer from 0 to 3"),
    ((3, None, 1.5), MULTICLASS, "record 3: label 1.5: expected an integer from 0 to 3"),
    ((3, None, 1_234_567), MULTICLASS, "record 3: label 1234567: expected an integer from 0 to 3"),
    ((5, None, np.inf), REGRESSOR, "record 5: label inf: expected a finite number"),
]


@BUDGETS
@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize(("fault", "checks", "reason"), FAULTS)
def test_a_bad_record_is_told_with_channel_file_and_number(
    folder: Path,
    kind: str,
    budget: int,
    fault: tuple[int, int | None, float],
    checks: Checks,
    reason: str,
) -> None:
    second = fresh(DATA[10:])
    record, column, value = fault
    if column is None:
        second.labels[record] = value
    else:
        second.features[record, column] = value
    write_files(folder, WRITERS[kind](DATA[:10]), WRITERS[kind](second))
    with pytest.raises(ClientError) as refusal:
        read_all(opened(folder, kind, budget, checks))
    assert str(refusal.value).startswith(f"channel train, file part-1, {reason}")


@KINDS
@BUDGETS
def test_labels_that_a_predictor_takes_are_taken(folder: Path, kind: str, budget: int) -> None:
    labels = np.arange(30, dtype=np.float32) % 4
    write_files(folder, WRITERS[kind](replace(DATA, labels=labels)))
    assert read_all(opened(folder, kind, budget, MULTICLASS)).labels.tolist() == labels.tolist()
    write_files(folder, WRITERS[kind](replace(DATA, labels=-1.5 * labels)))
    assert read_all(opened(folder, kind, budget, REGRESSOR)).labels[3] == -4.5


@KINDS
@BUDGETS
def test_records_of_another_width_are_told(folder: Path, kind: str, budget: int) -> None:
    write = WRITERS[kind]
    write_files(folder, write(DATA), write(table(5)) + write(table(5, features=5)))
    with pytest.raises(ClientError, match="file part-1, record 5: 5 features: expected 6"):
        read_all(opened(folder, kind, budget))


@KINDS
@BUDGETS
def test_the_width_that_was_announced_is_held_against_the_data(
    folder: Path, kind: str, budget: int
) -> None:
    write_files(folder, WRITERS[kind](DATA))
    with pytest.raises(ClientError, match="record 0: 6 features: expected 784"):
        opened(folder, kind, budget, replace(BINARY, feature_dim=784))


@KINDS
@BUDGETS
def test_one_class_alone_is_refused(folder: Path, kind: str, budget: int) -> None:
    write_files(folder, WRITERS[kind](replace(DATA, labels=np.ones(30, np.float32))))
    reason = "channel train: all 30 records have label 1: expected both 0 and 1"
    with pytest.raises(ClientError, match=reason):
        read_all(opened(folder, kind, budget))
    assert len(read_all(opened(folder, kind, budget, REGRESSOR)).labels) == 30


@KINDS
@BUDGETS
@pytest.mark.parametrize("content", [None, b""])
def test_a_channel_without_records_is_refused(
    folder: Path, kind: str, budget: int, content: bytes | None
) -> None:
    write_files(folder, *([] if content is None else [content]))
    with pytest.raises(ClientError, match=f"channel train: there is no record in {folder}"):
        opened(folder, kind, budget)


@BUDGETS
def test_records_without_features_are_refused(folder: Path, budget: int) -> None:
    write_files(folder, WRITERS["dense"](table(3, 0)))
    with pytest.raises(ClientError, match="file part-0, record 0: there is no feature"):
        opened(folder, "dense", budget)


@BUDGETS
def test_dense_and_sparse_records_do_not_mix(folder: Path, budget: int) -> None:
    dense, sparse = WRITERS["dense"](DATA), WRITERS["sparse"](DATA)
    write_files(folder, dense, dense + sparse)
    with pytest.raises(ClientError, match="file part-1, record 30: is sparse: expected a dense"):
        read_all(opened(folder, "dense", budget))
    write_files(folder, sparse, sparse + dense)
    with pytest.raises(ClientError, match="file part-1, record 30: is dense: expected a sparse"):
        read_all(opened(folder, "sparse", budget))


@KINDS
@BUDGETS
def test_a_second_pass_is_checked_like_the_first(folder: Path, kind: str, budget: int) -> None:
    write_files(folder, WRITERS[kind](DATA))
    source = opened(folder, kind, budget)
    read_all(source)
    write_files(folder, WRITERS[kind](replace(DATA, labels=DATA.labels + 5)))
    if budget:
        assert equal(read_all(source), DATA), "held: the file is read no more"
    else:
        with pytest.raises(ClientError, match="record 0: label 6: expected 0 or 1"):
            read_all(source)


def job(**formats: str) -> Job:
    given = parse({"predictor_type": "binary_classifier", "mini_batch_size": "4"})
    channels = {name: ChannelConfig(format_of(kind)) for name, kind in formats.items()}
    return Job(given, channels, "algo-1")


def test_all_channels_of_a_job_have_the_width_of_train(tmp_path: Path) -> None:
    container = Container(tmp_path, "127.0.0.1", 8080)
    write_files(container.channel("train"), WRITERS["csv"](DATA))
    write_files(container.channel("validation"), WRITERS["sparse"](table(9)))
    sources = open_channels(container, job(train="csv", validation="sparse"))
    assert list(sources) == ["train", "validation"]
    assert [source.sparse for source in sources.values()] == [False, True]
    write_files(container.channel("validation"), WRITERS["dense"](table(9, 5)))
    with pytest.raises(ClientError, match=r"validation, .* record 0: 5 features: expected 6"):
        open_channels(container, job(train="csv", validation="dense"))


def test_all_channels_of_a_job_share_the_budget(tmp_path: Path) -> None:
    container = Container(tmp_path, "127.0.0.1", 8080)
    for name in ("train", "validation", "test"):
        write_files(container.channel(name), WRITERS["dense"](table(9 if name == "test" else 30)))
    one = DATA.features.nbytes + DATA.labels.nbytes
    formats = {"train": "dense", "validation": "dense", "test": "dense"}
    held = [
        isinstance(source, HeldSource)
        for source in open_channels(container, job(**formats), int(1.5 * one)).values()
    ]
    assert held == [True, False, True]


@KINDS
def test_pipe_mode_reads_a_fifo_for_each_pass(folder: Path, kind: str) -> None:
    passes = [DATA, DATA[::-1], table(50, seed=7)]
    fifos = Fifos(folder, *(WRITERS[kind](data) for data in passes))
    source = open_channel(folder, ChannelConfig(format_of(kind), "Pipe"), BINARY, 4, ENOUGH)
    assert isinstance(source, StreamedSource), "in another order in every pass"
    assert equal(together([source.head(3)]), DATA[:3])
    assert source.head(99).feature_dim == 6
    for data in passes:
        assert equal(together(source.blocks(np.random.default_rng(0))), data)
        assert source.records == len(data.labels)
    fifos.finish()


def test_an_error_in_a_later_fifo_names_it(folder: Path) -> None:
    Fifos(folder, WRITERS["csv"](DATA), b"1,2,3,4,5,6,7\n1,2,3,4,5,6,x\n")
    source = open_channel(folder, ChannelConfig(format_of("csv"), "Pipe"), BINARY, 4, ENOUGH)
    read_all(source)
    reason = "channel train, file train_1, record 1: column 6: 'x': expected a finite number"
    with pytest.raises(ClientError, match=reason):
        read_all(source)


@pytest.mark.parametrize("second", [b"", b"\n"])
def test_an_empty_fifo_is_no_pass(folder: Path, second: bytes) -> None:
    Fifos(folder, WRITERS["csv"](DATA), second)
    source = open_channel(folder, ChannelConfig(format_of("csv"), "Pipe"), BINARY, 4, ENOUGH)
    read_all(source)
    with pytest.raises(ClientError, match="channel train: there is no record"):
        read_all(source)
