"""Two accounts: of the embedded AWS, and of ministack as it comes, to see what is corrected."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from local_aws.server import EmbeddedAws, prepare
from tests.e2e.adapter.account import Account


@pytest.fixture(scope="session")
def corrected(aws: EmbeddedAws) -> Account:
    return Account(aws.environment)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Generator[Account]:
    """ministack without any correction, with the same settings.

    A test that finds AWS's behaviour here says that an upgrade has mended it
    and that the correction can go.
    """
    launch = prepare(0, tmp_path_factory.mktemp("state"))
    server = launch.environment["MINISTACK_SSL_CERT"]
    command = [sys.executable, "-m", "hypercorn", "ministack.app:app"]
    command += ["--bind", f"fd://{launch.inherited[0]}", "--certfile", server, "--keyfile", server]
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen(
            command,
            env=launch.environment,
            pass_fds=launch.inherited,
            stdout=nowhere,
            stderr=nowhere,
            start_new_session=True,
        )
    account = Account(launch.environment)
    account.s3.list_buckets()  # waits until it answers: the socket listens already
    yield account
    os.killpg(process.pid, signal.SIGKILL)  # it would leave its server and its workers behind
    process.wait()
    for descriptor in launch.inherited:
        os.close(descriptor)
