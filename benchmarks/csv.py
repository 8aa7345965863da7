"""CSV to a matrix: a channel of one file beside polars and numpy.

``python -m benchmarks.csv``: about 50 MB of each kind of number, with 784
features. All read the same file from the page cache into float32 in memory;
`linear_learner` also checks every record. In turns, the best of several; the
processor's seconds beside the wall's, since polars shares the work among
threads.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from linear_learner.data.channel_config import ChannelConfig
from linear_learner.data.channels import open_channel
from linear_learner.data.checks import Checks

FEATURES = 784
NONZERO = 0.19
"""As many as in MNIST."""
MEMORY = 1 << 30
TURNS = 7
AT_LEAST, AIM = 200, 600
"""MB a second."""


class Kind(NamedTuple):
    """Numbers of one kind: how many records, and the text of their features."""

    name: str
    records: int
    rows: Callable[[np.random.Generator, int], list[list[str]]]


class Seconds(NamedTuple):
    """Of the wall's clock, and of all processors."""

    wall: float
    processors: float


def pixels(random: np.random.Generator, records: int) -> list[list[str]]:
    values = random.integers(1, 256, (records, FEATURES))
    values[random.random(values.shape) >= NONZERO] = 0
    return [list(map(repr, row)) for row in (values / 256).tolist()]


def normals(random: np.random.Generator, records: int) -> list[list[str]]:
    return [list(map(repr, row)) for row in random.normal(size=(records, FEATURES)).tolist()]


def rounded(random: np.random.Generator, records: int) -> list[list[str]]:
    rows = random.normal(size=(records, FEATURES)).tolist()
    return [[f"{value:.4f}" for value in row] for row in rows]


KINDS = (
    Kind("pixels, 1/256 each", 12_000, pixels),
    Kind("four decimals", 9_000, rounded),
    Kind("float64, all digits", 3_500, normals),
)


def write(folder: Path, kind: Kind) -> Path:
    random = np.random.default_rng(0)
    folder.mkdir()
    file = folder / "part-0.csv"
    with file.open("w") as sink:
        for number, row in enumerate(kind.rows(random, kind.records)):
            sink.write(f"{number % 10},{','.join(row)}\n")
    return file


def by_channel(file: Path) -> object:
    config, checks = ChannelConfig("text/csv"), Checks("multiclass_classifier", 10)
    return open_channel(file.parent, config, checks, 1000, MEMORY)


def by_polars(file: Path) -> object:
    schema = {f"column_{i}": pl.Float32 for i in range(1, FEATURES + 2)}
    return pl.read_csv(file, has_header=False, schema=schema).to_numpy()


def by_numpy(file: Path) -> object:
    return np.loadtxt(file, np.float32, delimiter=",")


def measured(read: Callable[[Path], object], file: Path) -> Seconds:
    wall, processors = time.perf_counter(), time.process_time()
    read(file)
    return Seconds(time.perf_counter() - wall, time.process_time() - processors)


def best(times: list[Seconds]) -> Seconds:
    return Seconds(min(t.wall for t in times), min(t.processors for t in times))


def compared(file: Path) -> Iterator[tuple[str, Seconds]]:
    readers = {"linear_learner": by_channel, "polars": by_polars}
    for read in readers.values():
        read(file)  # so that nobody starts cold
    times: dict[str, list[Seconds]] = {name: [] for name in readers}
    for _ in range(TURNS):
        for name, read in readers.items():
            times[name].append(measured(read, file))
    for name, taken in times.items():
        yield name, best(taken)
    yield "numpy.loadtxt", measured(by_numpy, file)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        for number, kind in enumerate(KINDS):
            file = write(Path(temporary) / str(number), kind)
            size = file.stat().st_size / 1e6
            print(f"{kind.name}: {size:.0f} MB, {kind.records:,} x {FEATURES}")
            for name, seconds in compared(file):
                print(
                    f"  {name:<16}{size / seconds.wall:>6.0f} MB/s"
                    f"{size / seconds.processors:>8.0f} MB for a second of one processor"
                )
    print(f"(at least {AT_LEAST} MB/s, aim {AIM})")


if __name__ == "__main__":
    main()
