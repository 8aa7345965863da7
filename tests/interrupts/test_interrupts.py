"""Whenever and however ``make demo`` is interrupted, nothing is left, and the next one is green.

Each run starts where the run before it was interrupted, and has to get past
that moment to reach its own; the last run of each signal goes to the end.
"""

import csv
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interrupts.demo import Checkout, assert_nothing_runs, demo
from tests.interrupts.moments import MOMENTS, Moment
from tests.interrupts.processes import ports_of

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


@pytest.fixture(scope="module", params=SIGNALS, ids=[number.name for number in SIGNALS])
def number(request: pytest.FixtureRequest) -> signal.Signals:
    """The signal that interrupts; SIGINT as Ctrl-C on the terminal."""
    return request.param


@pytest.fixture(scope="module")
def checkout(number: signal.Signals, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A fresh clone for each signal."""
    return Checkout.clone(tmp_path_factory.mktemp(number.name.lower()))


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
def test_an_interrupted_demo_leaves_nothing_running(
    checkout: Checkout, number: signal.Signals, moment: Moment
) -> None:
    with demo(checkout) as running:
        running.wait_for(moment.reached, moment.name)
        ports = ports_of(checkout.processes())

        if number == signal.SIGINT:
            running.press_ctrl_c()
        else:
            os.kill(checkout.process(*moment.victim).pid, number)

        assert_nothing_runs(checkout, ports)
        assert running.end() != 0
        assert "Traceback" not in running.output


def test_the_next_demo_is_green(checkout: Checkout) -> None:
    with demo(checkout) as running:
        assert running.end() == 0, running.output
        assert_nothing_runs(checkout, set())

    results = checkout.folder / "out" / "latest"
    assert json.loads((results / "execution.json").read_text())["status"] == "SUCCEEDED"
    assert _missing(checkout.folder / ".venv") == [], "taken for whole"
    assert _debris(checkout) == []


def _missing(environment: Path) -> list[str]:
    """Return the files that installed packages should have and have not."""
    return [
        str(path)
        for record in environment.glob("lib/python*/site-packages/*.dist-info/RECORD")
        for path in _recorded(record)
        if not path.exists()
    ]


def _recorded(record: Path) -> Iterator[Path]:
    with record.open(newline="") as rows:
        for row in csv.reader(rows):
            yield record.parents[1] / row[0]


def _debris(checkout: Checkout) -> list[str]:
    """Return what interrupted runs have left and the last one has not removed."""
    cache = checkout.folder / ".cache"
    run, *others = sorted((cache / "local_aws" / "runs").iterdir())
    left = [*others, *checkout.temporary.iterdir(), cache / "setup"]
    left += [path for path in run.iterdir() if path.name not in {"lock", "server.log"}]
    left += [*cache.rglob("*.part"), *cache.glob("bundles/making-*")]
    left += checkout.folder.glob("out/latest/.fetched-*")
    untracked = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=checkout.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [str(path) for path in left if path.exists()] + untracked
