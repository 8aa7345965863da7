"""A container: a subprocess with an environment of its own, a root and a log."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import IO, Final, Literal, cast

from local_aws.sagemaker import child
from local_aws.settings import CHECKOUT

_LAUNCHER: Final = Path(child.__file__)
KILL_AFTER_STOP: Final = 5.0
"""Seconds that a container gets to end by itself where AWS grants it none."""

LONGEST_LINE: Final = 16_384
"""Bytes after which a line is broken, as Docker breaks it: a program may write none at all."""


class Container:
    """A running program behind SageMaker's container contract.

    Parameters
    ----------
    program
        The Python module that stands for the image.
    command
        What the container is run with.
    root
        What is ``/opt/ml`` in a real container.
    environment
        What the request sets, and what the contract adds.
    on_line
        Gets each line that the program writes, on a thread of its own; a long one in pieces.
    """

    def __init__(
        self,
        program: str,
        command: Literal["train", "serve"],
        root: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
    ) -> None:
        temporary = root / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        own = {
            "HOME": str(root),
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
            "SAGEMAKER_BASE_DIR": str(root),
            "TMPDIR": str(temporary),
        }
        python = sys.executable
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            [python, "-I", "-S", str(_LAUNCHER), python, "-P", "-m", program, command],
            cwd=root,
            env={**environment, **own},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, args=(on_line,), daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether the program has not ended."""
        return self._process.poll() is None

    def wait(self, timeout: float) -> int | None:
        """Wait until the program ends and all it wrote is read; None if it has not by then."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._kill()
        self._reader.join()
        cast("IO[bytes]", self._process.stdin).close()
        return code

    def terminate(self) -> None:
        """Ask the program to end."""
        if self.running:
            self._process.terminate()

    def stop(self, grace: float = KILL_AFTER_STOP) -> None:
        """End the program: by itself within the grace, in seconds, or else by force."""
        self.terminate()
        if self.wait(grace) is None:
            self._kill()
            self.wait(KILL_AFTER_STOP)

    def _kill(self) -> None:
        """Kill whatever is left of the process group."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _read(self, on_line: Callable[[str], None]) -> None:
        with cast("IO[bytes]", self._process.stdout) as lines:
            while line := lines.readline(LONGEST_LINE):
                on_line(line.decode(errors="replace").rstrip("\r\n"))
