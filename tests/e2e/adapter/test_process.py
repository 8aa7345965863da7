"""How the process starts and ends. ministack also binds port 443, and leaves its workers behind."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import urllib3

from local_aws.environment import client_environment
from local_aws.server import embedded_aws
from tests.e2e.adapter.account import Account
from tests.e2e.adapter.processes import END_SECONDS, answers, children, is_alive, up, wait_for


def _leave_a_worker(variables: Mapping[str, str]) -> None:
    account = Account(variables)
    function = account.function("def handler(event, context): return 1")
    assert account.invoke(function) == (1, False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_no_process_and_no_port(number: signal.Signals) -> None:
    with up() as (process, port):
        _leave_a_worker(client_environment(os.environ, port))
        workers = children(process.pid)
        assert workers, "the function left no worker to look for"

        process.send_signal(number)
        process.wait(END_SECONDS)

        wait_for(lambda: not any(map(is_alive, workers)), "the end of the workers")
        assert not answers(port)


def test_ending_is_silent_when_clients_keep_connections(tmp_path: Path) -> None:
    with embedded_aws(state=tmp_path) as running:
        connected = Account(running.environment)
        connected.s3.list_buckets()

    assert running.log.read_text() == ""


def test_ending_removes_what_was_written(tmp_path: Path) -> None:
    with embedded_aws(state=tmp_path) as running:
        _leave_a_worker(running.environment)
    left = {path.name for path in (tmp_path / "runs").rglob("*") if path.is_file()}

    assert left <= {"lock", "server.log"}


def test_only_the_port_that_was_asked_for_is_bound() -> None:
    with up() as (process, port):
        sockets = subprocess.run(["ss", "-tlnpH"], capture_output=True, text=True, check=True)
        lines = sockets.stdout.splitlines()

        mine = [line.split()[3] for line in lines if f"pid={process.pid}," in line]

        assert mine == [f"127.0.0.1:{port}"]


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ended = subprocess.run(
            [sys.executable, "-m", "local_aws", "up", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr == (
        f"local_aws: port {port} is taken: stop what listens on it, or choose another with --port\n"
    )


TELL_AND_SLEEP = """
import os, time
print(os.getpid(), os.environ["AWS_ENDPOINT_URL"], flush=True)
time.sleep(60)
"""


def _run(*command: str, stderr: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local_aws", "run", "--", *command],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def _told(process: subprocess.Popen[str]) -> tuple[int, int]:
    """Return the process of a command that tells and sleeps, and the port that it was given."""
    assert process.stdout is not None
    pid, endpoint = process.stdout.readline().split()
    return int(pid), int(endpoint.rsplit(":", 1)[1])


def _listens(pid: int, port: int) -> bool:
    return f"--port {port}" in " ".join(Path(f"/proc/{pid}/cmdline").read_text().split("\0"))


def test_run_gives_the_commands_exit_code() -> None:
    with _run(sys.executable, "-c", "raise SystemExit(7)") as process:
        assert process.wait() == 7


def test_run_gives_the_command_a_working_environment() -> None:
    ask = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    with _run(sys.executable, "-c", ask) as process:
        assert process.communicate()[0] == "000000000000\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_run_ends_the_command_and_the_server(number: signal.Signals) -> None:
    with _run(sys.executable, "-c", TELL_AND_SLEEP) as process:
        pid, port = _told(process)

        process.send_signal(number)
        process.wait(END_SECONDS)

        wait_for(lambda: not is_alive(pid), "the end of the command")
        wait_for(lambda: not answers(port), "the end of the embedded AWS")


def test_run_ends_with_the_process_that_started_it() -> None:
    """As make and `make demo`: what is killed cannot hand the signal on."""
    make = f"""
import subprocess, sys, os
run = [sys.executable, "-m", "local_aws", "run", "--parent", str(os.getpid()), "--"]
subprocess.run([*run, sys.executable, "-c", {TELL_AND_SLEEP!r}])
"""
    with subprocess.Popen(
        [sys.executable, "-c", make], stdout=subprocess.PIPE, text=True
    ) as parent:
        pid, port = _told(parent)

        parent.kill()

        wait_for(lambda: not is_alive(pid), "the end of the command")
        wait_for(lambda: not answers(port), "the end of the embedded AWS")


def test_a_command_does_not_outlive_the_embedded_aws() -> None:
    with _run(sys.executable, "-c", TELL_AND_SLEEP, stderr=subprocess.PIPE) as process:
        _, port = _told(process)
        (server,) = [pid for pid in children(process.pid) if _listens(pid, port)]

        os.kill(server, signal.SIGKILL)
        _, said = process.communicate(timeout=END_SECONDS)

    assert process.returncode == 128 + signal.SIGTERM
    assert said.startswith("local_aws: the embedded AWS has ended before the command; its log: ")
    assert said.count("\n") == 1


def test_temporary_files_of_a_killed_command_go_with_the_next_start() -> None:
    leave = "import tempfile; print(tempfile.mkdtemp(), flush=True); import time; time.sleep(60)"
    with _run(sys.executable, "-c", leave) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        process.kill()
    assert left.is_dir(), "its folder went by itself"

    def gone() -> bool:
        with _run("true") as following:
            following.wait()
        return not left.exists()

    wait_for(gone, "the removal of what the command has left")


def test_ctrl_c_before_the_command_runs_is_no_error_of_python() -> None:
    with _run("sleep", "60", stderr=subprocess.PIPE) as process:
        wait_for(lambda: bool(children(process.pid)), "the start of the embedded AWS")

        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=END_SECONDS)

    assert process.returncode == 128 + signal.SIGINT
    assert said == ""


@pytest.mark.parametrize("path", ["reset", "config", "sqs/messages"])
def test_the_back_doors_are_closed(corrected: Account, plain: Account, path: str) -> None:
    assert _status(corrected, path) == 404
    assert _status(plain, path) != 404, "ministack has closed this one itself"


def _status(account: Account, path: str) -> int:
    url = f"{account.variables['AWS_ENDPOINT_URL']}/_ministack/{path}"
    pool = urllib3.PoolManager(ca_certs=account.variables["AWS_CA_BUNDLE"])
    return pool.request("POST", url).status


TELL_AND_GO_ON = """
import signal, time
signal.signal(signal.SIGCONT, lambda *_: print("continued", flush=True))
print("started", flush=True)
time.sleep(60)
"""


def test_ctrl_z_stops_the_command_and_gives_the_shell_back(tmp_path: Path) -> None:
    """The command has the terminal in its hands: the shell does not see it stop by itself."""
    script = tmp_path / "script.py"
    script.write_text(TELL_AND_GO_ON)
    shell, terminal = pty.fork()
    if shell == 0:
        os.execlp("bash", "bash", "--norc", "--noprofile", "-i")  # noqa: S606 - the shell it is about
    command = f"{sys.executable} -m local_aws run -- {sys.executable} {script}"
    screen = _Screen(terminal)
    try:
        screen.type(f"{command}\n", "started")
        screen.type("\x1a", "Stopped")
        screen.type("fg; echo status $?\n", "continued")
        screen.type("\x03", "status 130")
    finally:
        os.kill(shell, signal.SIGHUP)
        os.close(terminal)
        os.waitpid(shell, 0)


class _Screen:
    """What a terminal shows, read until what is expected has come."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal

    def type(self, keys: str, expected: str) -> None:
        os.write(self._terminal, keys.encode())
        shown = ""
        deadline = time.monotonic() + END_SECONDS
        while expected not in shown.replace(keys.replace("\n", "\r\n"), ""):
            readable, _, _ = select.select([self._terminal], [], [], deadline - time.monotonic())
            assert readable, f"typed {keys!r}, and saw {shown!r} instead of {expected!r}"
            shown += os.read(self._terminal, 1 << 16).decode(errors="replace")
