"""An AWS whose answers are laid out beforehand, held to botocore's own model of the API."""

import io
from collections.abc import Callable, Generator
from typing import Any

import pytest
from botocore.stub import Stubber
from rich.console import Console

from cli.aws import Aws
from cli.stack import Stack
from tests.unit.cli.histories import MACHINE_ARN


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return Aws(region="us-east-1")


@pytest.fixture
def stub(aws: Aws) -> Generator[Callable[[str], Stubber]]:
    """Return what lays out the answers of one of the clients; all of them must be asked for."""
    stubbers: dict[str, Stubber] = {}

    def stub(client: str) -> Stubber:
        if client not in stubbers:
            stubbers[client] = Stubber(getattr(aws, client))
            stubbers[client].activate()
        return stubbers[client]

    yield stub
    for stubber in stubbers.values():
        stubber.assert_no_pending_responses()


@pytest.fixture
def stack() -> Stack:
    return Stack(
        name="linear-learner-mnist",
        bucket="the-bucket",
        state_machine=MACHINE_ARN,
        endpoint="linear-learner-mnist",
    )


@pytest.fixture
def console() -> Console:
    """Return a console that is no terminal; what it printed is in its file."""
    return Console(
        file=io.StringIO(), width=100, force_terminal=False, highlight=False, markup=False
    )


def printed(console: Console) -> str:
    """Return what a console with a buffer has printed."""
    buffer: Any = console.file
    return buffer.getvalue()
