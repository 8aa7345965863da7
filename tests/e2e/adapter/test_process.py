"""How the process starts and ends. ministack also binds port 443, and leaves its workers behind."""

import os
import signal
import socket
import subprocess
import sys
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


def _run(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local_aws", "run", "--", *command],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_run_gives_the_commands_exit_code() -> None:
    with _run(sys.executable, "-c", "raise SystemExit(7)") as process:
        assert process.wait() == 7


def test_run_gives_the_command_a_working_environment() -> None:
    ask = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    with _run(sys.executable, "-c", ask) as process:
        assert process.communicate()[0] == "000000000000\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_run_ends_the_command_and_the_server(number: signal.Signals) -> None:
    script = """
import os, time
print(os.getpid(), os.environ["AWS_ENDPOINT_URL"], flush=True)
time.sleep(60)
"""
    with _run(sys.executable, "-c", script) as process:
        assert process.stdout is not None
        pid, endpoint = process.stdout.readline().split()
        port = int(endpoint.rsplit(":", 1)[1])

        process.send_signal(number)
        process.wait(END_SECONDS)

        wait_for(lambda: not is_alive(int(pid)), "the end of the command")
        wait_for(lambda: not answers(port), "the end of the embedded AWS")


@pytest.mark.parametrize("path", ["reset", "config", "sqs/messages"])
def test_the_back_doors_are_closed(corrected: Account, plain: Account, path: str) -> None:
    assert _status(corrected, path) == 404
    assert _status(plain, path) != 404, "ministack has closed this one itself"


def _status(account: Account, path: str) -> int:
    url = f"{account.variables['AWS_ENDPOINT_URL']}/_ministack/{path}"
    pool = urllib3.PoolManager(ca_certs=account.variables["AWS_CA_BUNDLE"])
    return pool.request("POST", url).status
