"""Processes of the embedded AWS that a test starts, signals and looks for."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.adapter.account import Account

END_SECONDS = 10


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + END_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen in {END_SECONDS} s"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def up() -> Generator[tuple[subprocess.Popen[str], int]]:
    """Run `python -m local_aws up` on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local_aws", "up", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "ready" in line, "`up` said nothing of being ready"
    try:
        yield process, int(line.rsplit(":", 1)[1])
    finally:
        process.kill()
        process.wait()


def memory(account: Account) -> int:
    """Return the bytes that an account's processes have in memory."""
    return 1024 * _total(account, "status", r"VmRSS:\s+(\d+) kB")


def bytes_read(account: Account) -> int:
    """Return how many bytes an account's processes have read, from files and connections."""
    return _total(account, "io", r"rchar: (\d+)")


def _total(account: Account, file: str, pattern: str) -> int:
    found = [re.search(pattern, (path / file).read_text()) for path in _processes(account)]
    return sum(int(match[1]) for match in found if match)


def _processes(account: Account) -> list[Path]:
    """Return the folders of all processes whose environment is the account's."""
    mine = f"GATEWAY_PORT={account.variables['AWS_ENDPOINT_URL'].rsplit(':', 1)[-1]}".encode()
    found: list[Path] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mine in (process / "environ").read_bytes().split(b"\0"):
                found.append(process)
        except OSError:
            continue
    return found
