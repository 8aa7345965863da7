"""Opening the channels of a job: what fits into the budget is held, more is streamed."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from linear_learner.container import Container
from linear_learner.data.ahead import ahead
from linear_learner.data.blocks import Block, Layout
from linear_learner.data.channel_config import ChannelConfig
from linear_learner.data.checks import Checks, SeenLabels
from linear_learner.data.csv import CsvDecoder
from linear_learner.data.held import HeldSource
from linear_learner.data.passes import FifoPasses, FilePasses
from linear_learner.data.recordio import RecordioDecoder
from linear_learner.data.records import Records
from linear_learner.data.source import Source
from linear_learner.data.streamed import StreamedSource
from linear_learner.errors import ClientError
from linear_learner.job import Job

MEMORY_BUDGET: Final = 400 << 20
"""Bytes of records, of all channels together, that are held in memory.

With the blocks of a streamed channel, the models and the interpreter, a job
takes less than 1 GB.
"""

_PIECES_AHEAD: Final = 4
_SPARE: Final = 1.25
"""Room for files whose beginning is smaller than the rest."""


def open_channels(
    container: Container, job: Job, memory_budget: int = MEMORY_BUDGET
) -> dict[str, Source]:
    """Open a job's channels, by name, in the order in which the job has them.

    Raises
    ------
    ClientError
        With channel, file and record number (counted from 0 within the file):
        if a channel has no record, a file is damaged, or a record has a label
        out of the predictor's range, a feature that is not finite, or another
        width than those before it, of train too. What is streamed is refused
        when it is read.
    """
    given = job.hyperparameters
    checks = Checks.of(given)
    sources: dict[str, Source] = {}
    left = memory_budget
    for name, config in job.channels.items():
        folder = container.channel(name)
        source = open_channel(folder, config, checks, given.mini_batch_size, left)
        if isinstance(source, HeldSource):
            left -= source.nbytes
        checks = replace(checks, feature_dim=source.feature_dim)
        sources[name] = source
    return sources


def open_channel(
    folder: Path, config: ChannelConfig, checks: Checks, batch: int, memory_budget: int
) -> HeldSource | StreamedSource:
    """Open one channel, whose name is the folder's.

    Parameters
    ----------
    folder
        Where its files are; in Pipe mode, beside it are the FIFOs.
    config
        Format and input mode.
    checks
        What is known of the records.
    batch
        Records of a mini-batch.
    memory_budget
        How many bytes of records may be held. A channel in Pipe mode is
        streamed, since its records may come in another order in every pass.

    Raises
    ------
    ClientError
        As `open_channels` does.
    """
    decoder = CsvDecoder() if config.format == "text/csv" else RecordioDecoder()
    pipe = config.mode == "Pipe"
    passes = FifoPasses(folder, decoder) if pipe else FilePasses(folder, decoder)
    first = next((piece for piece in passes.head(checks) if len(piece.records)), None)
    if first is None:
        raise ClientError(f"channel {folder.name}: there is no record in {folder}")
    checks = checks.as_in(first.records)
    layout = Layout.of(first.records)
    if isinstance(passes, FilePasses):
        # As much as the first records take, byte by byte.
        expected = layout.apply(first.records).nbytes * passes.nbytes // first.size
        if expected <= memory_budget:
            room = min(memory_budget, int(_SPARE * expected))
            held = _hold(passes, layout, checks, room, memory_budget)
            if held is not None:
                return HeldSource(folder.name, held, sparse=layout.came_sparse)
    return StreamedSource(folder.name, passes, layout, checks, batch)


def _hold(
    passes: FilePasses, layout: Layout, checks: Checks, room: int, memory_budget: int
) -> Records | None:
    """Read all files into memory; None if they do not fit."""
    block = Block(layout, room)
    seen = SeenLabels()
    with closing(ahead(passes.next(checks, None), _PIECES_AHEAD)) as pieces:
        for piece in pieces:
            records = layout.apply(piece.records)
            # Looked at before: a block that grows is there twice for a moment.
            if block.nbytes + records.nbytes > memory_budget:
                return None
            block.add(records)
            seen.add(records.labels)
    seen.check(passes.channel, checks)
    return block.records()
