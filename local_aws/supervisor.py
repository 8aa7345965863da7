"""Run a command beside an embedded AWS of its own, and stop both however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final

from local_aws.server import embedded_aws

_FORWARDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS: Final = 10.0


def run(command: Sequence[str], port: int) -> int:
    """Return the exit code of a command that finds an embedded AWS in its environment.

    The command leads a process group of its own, which is stopped with the
    embedded AWS, and that with this process, however it ends.

    Raises
    ------
    local_aws.server.PortTakenError
        If the port is taken.
    FileNotFoundError
        If there is no such command.
    """
    with embedded_aws(port) as aws:
        child = subprocess.Popen(  # noqa: S603 - what the user asked to run
            command, env=aws.environment, process_group=0
        )
        aws.stop_with_it(child.pid)
        return _wait(child)


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the command with the terminal in its hands, and hand signals on to it."""

    def forward(number: int, _frame: FrameType | None) -> None:
        os.killpg(child.pid, number)
        signal.alarm(int(_GRACE_SECONDS))

    def lose_patience(_number: int, _frame: FrameType | None) -> None:
        os.killpg(child.pid, signal.SIGKILL)

    for number in _FORWARDED:
        signal.signal(number, forward)
    signal.signal(signal.SIGALRM, lose_patience)
    _give_terminal(child.pid)
    try:
        code = child.wait()
    finally:
        signal.alarm(0)
        _give_terminal(os.getpgrp())
    return code if code >= 0 else 128 - code


def _give_terminal(group: int) -> None:
    """Make a process group the one that reads the terminal and gets its Ctrl-C."""
    if sys.stdin is None or not sys.stdin.isatty():
        return
    if os.tcgetpgrp(sys.stdin.fileno()) not in {os.getpgrp(), group} and group != os.getpgrp():
        return
    handler = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(sys.stdin.fileno(), group)
    signal.signal(signal.SIGTTOU, handler)
