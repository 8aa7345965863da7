"""``make demo`` on a terminal of its own, in a clone of this checkout."""

import fcntl
import os
import pty
import re
import shutil
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from tests.interrupts.processes import Process, listening_ports, processes_of

ROOT = Path(__file__).resolve().parents[2]
CTRL_C = b"\x03"
MOMENT_SECONDS = 180
END_SECONDS = 20
LOOK_SECONDS = 0.03
_ENDED = "make ended with "


@dataclass(frozen=True, slots=True)
class Checkout:
    """A clone, and the folder for the temporary files of what is run in it."""

    folder: Path
    temporary: Path

    @classmethod
    def clone(cls, base: Path) -> "Checkout":
        """Clone what is committed in this checkout."""
        folder, temporary = base / "clone", base / "tmp"
        temporary.mkdir()
        subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, folder], check=True)
        return cls(folder, temporary)

    def processes(self) -> list[Process]:
        """Return what runs of it."""
        return processes_of(self.folder)

    def process(self, *words: str) -> Process:
        """Return the oldest process with these words among its arguments."""
        found = [process for process in self.processes() if process.runs(*words)]
        assert found, f"no process runs {' '.join(words)}"
        return min(found, key=lambda process: process.pid)

    def environment(self) -> dict[str, str]:
        """Return the environment of somebody who has just opened a terminal."""
        ours = ("MAKE", "MFLAGS", "PYTEST", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        path = [
            folder
            for folder in os.environ["PATH"].split(os.pathsep)
            if not folder.startswith(str(ROOT))
        ]
        own = {"PATH": os.pathsep.join(path), "PWD": str(self.folder.parent), "TERM": "xterm"}
        return kept | own | {"TMPDIR": str(self.temporary)}


class Demo:
    """A run of ``make demo``, typed into a shell that outlives it."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self._output = bytearray()
        self._terminal, theirs = pty.openpty()
        # The shell itself does not name the clone, as what is run in it does.
        typed = f"cd {checkout.folder.name}; export PWD; exec make demo"
        self._shell = subprocess.Popen(
            ["sh", "-c", f"trap : INT; ({typed}); echo {_ENDED}$?; exec sleep {MOMENT_SECONDS}"],
            cwd=checkout.folder.parent,
            env=checkout.environment(),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - it is one system call
        )
        os.close(theirs)
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        """What it has printed."""
        return self._output.decode(errors="replace")

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        found = re.search(rf"{_ENDED}(\d+)\r\n", self.output)
        return int(found[1]) if found else None

    def wait_for(self, reached: Callable[[Checkout], bool], what: str) -> None:
        """Wait until a moment has come."""
        deadline = time.monotonic() + MOMENT_SECONDS
        while not reached(self.checkout):
            assert self.status is None, f"it ended before {what}:\n{self.output}"
            assert time.monotonic() < deadline, f"no {what} in {MOMENT_SECONDS} s:\n{self.output}"
            time.sleep(LOOK_SECONDS)

    def press_ctrl_c(self) -> None:
        """Type what makes the terminal send SIGINT to the processes in its foreground."""
        os.write(self._terminal, CTRL_C)

    def end(self) -> int:
        """Wait for its end, and return its exit status."""
        deadline = time.monotonic() + MOMENT_SECONDS
        while (status := self.status) is None:
            assert time.monotonic() < deadline, f"no end in {MOMENT_SECONDS} s:\n{self.output}"
            time.sleep(LOOK_SECONDS)
        return status

    def close(self) -> None:
        """Leave nothing behind, also of a run that has gone wrong."""
        for process in self.checkout.processes():
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        self._shell.kill()
        self._shell.wait()
        self._reader.join()
        os.close(self._terminal)

    def _read(self) -> None:
        while True:
            try:
                self._output += os.read(self._terminal, 1 << 16)
            except OSError:  # the last process has closed the terminal
                return


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def demo(checkout: Checkout) -> Generator[Demo]:
    """Run ``make demo``; what an earlier one has printed into files is put away first."""
    shutil.rmtree(checkout.folder / "out" / "demo", ignore_errors=True)
    running = Demo(checkout)
    try:
        yield running
    finally:
        running.close()


def assert_nothing_runs(checkout: Checkout, ports: set[int]) -> None:
    """Assert that no process of a checkout is left, soon, and that nobody has its ports."""
    deadline = time.monotonic() + END_SECONDS
    while (left := checkout.processes()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left, "left running:\n" + "\n".join(map(str, left))
    assert not ports & listening_ports()
