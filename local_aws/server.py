"""Start the embedded AWS: its socket, its private folder and its environment, then its process."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from local_aws.environment import client_environment
from local_aws.ministack_adapter.settings import ministack_variables
from local_aws.private_folder import open_private_folder
from local_aws.settings import CHECKOUT, HOST, STATE

READY: Final = "ready"
"""A line with this word is printed when requests are answered."""

_BACKLOG = 128
_END_SECONDS = 30.0


class PortTakenError(Exception):
    """Another process listens on the port that was asked for."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} is taken: stop what listens on it, or choose another with --port"
        )


@dataclass(frozen=True, slots=True)
class Launch:
    """How the process of the embedded AWS is started."""

    port: int
    command: list[str]
    environment: dict[str, str]
    inherited: tuple[int, ...]
    log: Path


def prepare(port: int, state: Path = STATE) -> Launch:
    """Take the port (0: a free one), and prepare everything else that the process needs.

    The socket is opened here and handed down, so that nobody can take the
    port in between, and a client that comes early waits instead of failing.

    Raises
    ------
    PortTakenError
        If the port is taken.
    """
    listener = _listen(port)
    number = listener.getsockname()[1]
    folder = open_private_folder(state)
    environment = client_environment(os.environ, number, state)
    environment |= ministack_variables(number, folder.temporary, state)
    environment["PYTHONPATH"] = str(CHECKOUT)
    socket_descriptor = listener.detach()
    command = [
        *(sys.executable, "-m", "local_aws.ministack_adapter"),
        *("--port", str(number)),
        *("--socket", str(socket_descriptor)),
    ]
    return Launch(number, command, environment, (socket_descriptor, folder.lock), folder.log)


def become(launch: Launch) -> NoReturn:
    """Turn this process into the embedded AWS."""
    os.execve(launch.command[0], launch.command, launch.environment)  # noqa: S606 - our own module


@dataclass(frozen=True, slots=True)
class EmbeddedAws:
    """A running embedded AWS, a child of this process.

    Attributes
    ----------
    environment
        In which AWS clients reach it.
    log
        What it has to say, in the private folder of this run.
    """

    port: int
    environment: dict[str, str]
    log: Path
    lifeline: int
    process: subprocess.Popen[str]

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def stop_with_it(self, group: int) -> None:
        """Have a process group stopped when the embedded AWS is, also if this process is killed."""
        os.write(self.lifeline, f"{group}\n".encode())


@contextmanager
def embedded_aws(port: int = 0, state: Path = STATE) -> Generator[EmbeddedAws]:
    """Run an embedded AWS for as long as the context lasts, or this process lives.

    The child reads a pipe whose other end only this process holds: when that
    is closed, on purpose or because this process was killed, it stops.

    Parameters
    ----------
    port
        The port to answer on; 0 takes a free one.
    state
        Where certificate, secret and private folders are kept.

    Raises
    ------
    PortTakenError
        If the port is taken.
    RuntimeError
        If the child ends before it is ready.
    """
    launch = prepare(port, state)
    end, lifeline = os.pipe()
    process = _spawn(launch, end)
    try:
        _await(process, launch.log)
        environment = client_environment(os.environ, launch.port, state)
        yield EmbeddedAws(launch.port, environment, launch.log, lifeline, process)
    finally:
        os.close(lifeline)
        _end(process)


def _spawn(launch: Launch, lifeline: int) -> subprocess.Popen[str]:
    with launch.log.open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [*launch.command, "--lifeline", str(lifeline)],
            env=launch.environment,
            pass_fds=(*launch.inherited, lifeline),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    for descriptor in (*launch.inherited, lifeline):
        os.close(descriptor)
    return process


def _await(process: subprocess.Popen[str], log: Path) -> None:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    if READY not in process.stdout.readline():
        raise RuntimeError(f"the embedded AWS did not start:\n{log.read_text()}")


def _end(process: subprocess.Popen[str]) -> None:
    """Wait for the end of an embedded AWS whose lifeline is cut, but not for ever."""
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTakenError(port) from error
    listener.set_inheritable(True)
    return listener
