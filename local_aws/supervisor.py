"""Run a command beside an embedded AWS of its own, and stop both however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final, NoReturn

from local_aws.server import EmbeddedAws, embedded_aws

_HEEDED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS: Final = 10
_LOOK_SECONDS: Final = 0.05


def run(command: Sequence[str], port: int, parent: int | None = None) -> int:
    """Return the exit code of a command that finds an embedded AWS in its environment.

    The command leads a process group of its own, which is stopped with the
    embedded AWS, and that with this process, however it ends. Its temporary
    files are in the private folder of the embedded AWS: what it leaves there
    when it is killed, the next start removes.

    Parameters
    ----------
    command
        The program and its arguments.
    port
        The port to answer on; 0 takes a free one.
    parent
        The process that started this one: when it is gone, the command is stopped.

    Raises
    ------
    local_aws.server.PortTakenError
        If the port is taken.
    FileNotFoundError
        If there is no such command.
    """
    for number in _HEEDED:
        signal.signal(number, _leave)
    with (
        embedded_aws(port) as aws,
        TemporaryDirectory(dir=aws.log.parent, ignore_cleanup_errors=True) as temporary,
    ):
        environment = aws.environment | {"TMPDIR": temporary}
        child = subprocess.Popen(command, env=environment, process_group=0)  # noqa: S603 - the user's
        aws.stop_with_it(child.pid)
        return _Supervision(child, aws, parent).wait()


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    """Leave in order while there is no command yet, or none any more."""
    sys.exit(128 + number)


class _Supervision:
    """One command, until it has ended.

    It has the terminal in its hands, and gets the signals that this process gets.
    """

    def __init__(
        self, child: subprocess.Popen[bytes], aws: EmbeddedAws, parent: int | None
    ) -> None:
        self._child = child
        self._aws = aws
        self._parent = parent
        self._stopping = False
        self._bereft = False

    def wait(self) -> int:
        """Return the command's exit code, 128 and the number where a signal ended it."""
        for number in _HEEDED:
            signal.signal(number, self._forward)
        signal.signal(signal.SIGALRM, self._lose_patience)
        _hand_terminal(os.getpgrp(), self._child.pid)
        try:
            while (code := self._child.poll()) is None:
                self._look()
                time.sleep(_LOOK_SECONDS)
        finally:
            signal.alarm(0)
            for number in _HEEDED:
                signal.signal(number, _leave)
            _hand_terminal(self._child.pid, os.getpgrp())
        if self._bereft:
            said = "the embedded AWS has ended before the command; its log:"
            print(f"local_aws: {said} {self._aws.log}", file=sys.stderr)
        return code if code >= 0 else 128 - code

    def _look(self) -> None:
        if os.waitid(os.P_PID, self._child.pid, os.WSTOPPED | os.WNOHANG) is not None:
            self._pause()
        if self._stopping:
            return
        if not self._aws.running:
            self._bereft = True
            self._stop(signal.SIGTERM)
        elif self._parent not in {None, os.getppid()}:
            self._stop(signal.SIGTERM)

    def _pause(self) -> None:
        """Stop as the command was stopped, by Ctrl-Z, until the shell lets both go on."""
        _hand_terminal(self._child.pid, os.getpgrp())
        os.kill(0, signal.SIGTSTP)
        _hand_terminal(os.getpgrp(), self._child.pid)
        self._send(signal.SIGCONT)

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        self._stop(number)

    def _stop(self, number: int) -> None:
        self._stopping = True
        self._send(number)
        signal.alarm(_GRACE_SECONDS)

    def _lose_patience(self, _number: int, _frame: FrameType | None) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        try:
            os.killpg(self._child.pid, number)
        except ProcessLookupError:
            return


def _hand_terminal(giver: int, taker: int) -> None:
    """Let another process group read the terminal and get its Ctrl-C, if the giver is the one."""
    handler = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    # There may be no terminal, or none any more.
    with suppress(AttributeError, OSError):
        terminal = sys.stdin.fileno()
        if os.tcgetpgrp(terminal) == giver:
            os.tcsetpgrp(terminal, taker)
    signal.signal(signal.SIGTTOU, handler)
