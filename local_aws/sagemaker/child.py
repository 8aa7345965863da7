"""Runs a command and dies with the process that started it, however that one ends.

Run by its path, without the site module, so that it starts at once:
``python -I -S child.py COMMAND...``. Standard input is a pipe that only the
starter holds: at its end, the starter is gone, and the whole process group is
killed. SIGTERM is passed on to the command; its exit code is passed back.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType


def _kill_group_at_end_of_input() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> int:
    """Run the command of the arguments and return its exit code."""
    threading.Thread(target=_kill_group_at_end_of_input, daemon=True).start()
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603  # its purpose

    def pass_on(number: int, _: FrameType | None) -> None:
        command.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    code = command.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
