import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.stub import Stubber
from rich.console import Console

from cli.aws import Aws
from cli.cdk import Cdk
from cli.errors import CliError
from tests.unit.cli.histories import STARTED

Stub = Callable[[str], Stubber]
ANNOUNCE = '#!/bin/sh\necho "cdk $* in $AWS_REGION"\n'


@pytest.fixture
def install_cdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what puts a program called cdk beside this Python."""

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "cdk").write_text(script)
        (folder / "cdk").chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(folder / "python"))

    return install


def _cdk(console: Console, aws: Aws, logs: Path, stack_name: str = "linear-learner-mnist") -> Cdk:
    return Cdk(console, aws, stack_name, logs)


def test_deploy_asks_for_nothing_and_logs_all(
    aws: Aws, console: Console, tmp_path: Path, install_cdk: Callable[[str], None]
) -> None:
    install_cdk(ANNOUNCE)

    _cdk(console, aws, tmp_path / "logs").deploy()

    logged = (tmp_path / "logs/cdk-deploy.log").read_text()
    assert logged.startswith("cdk deploy --require-approval never --progress events --output ")
    assert logged.endswith(" in us-east-1\n")


def test_two_commands_share_no_templates(
    aws: Aws, console: Console, tmp_path: Path, install_cdk: Callable[[str], None]
) -> None:
    install_cdk('#!/bin/sh\necho "$*"\ntest -d "$7"\n')
    cdk = _cdk(console, aws, tmp_path)

    cdk.deploy()
    first = (tmp_path / "cdk-deploy.log").read_text()
    cdk.deploy()

    assert (tmp_path / "cdk-deploy.log").read_text() != first
    assert not Path(first.split()[-1]).exists(), "the templates are left behind"


def test_settings_of_the_app_are_handed_on(
    aws: Aws, console: Console, tmp_path: Path, install_cdk: Callable[[str], None]
) -> None:
    install_cdk(ANNOUNCE)
    aws.profile = "mine"

    Cdk(console, aws, "other", tmp_path, ("pipeline:keep_bucket=false",)).destroy()

    logged = (tmp_path / "cdk-destroy.log").read_text()
    assert "-c pipeline:keep_bucket=false -c pipeline:stack_name=other" in logged
    assert "--profile mine" in logged


def test_bootstrap_names_account_and_region(
    aws: Aws,
    stub: Stub,
    console: Console,
    tmp_path: Path,
    install_cdk: Callable[[str], None],
) -> None:
    install_cdk(ANNOUNCE)
    stub("cloudformation").add_client_error(
        "describe_stacks", "ValidationError", "Stack with id CDKToolkit does not exist"
    )
    stub("sts").add_response("get_caller_identity", {"Account": "123456789012"})

    _cdk(console, aws, tmp_path).bootstrap()

    assert (tmp_path / "cdk-bootstrap.log").read_text() == (
        "cdk bootstrap aws://123456789012/us-east-1 --no-notices in us-east-1\n"
    )


def test_what_is_bootstrapped_is_left_alone(
    aws: Aws, stub: Stub, console: Console, tmp_path: Path
) -> None:
    toolkit = {"StackName": "CDKToolkit", "CreationTime": STARTED, "StackStatus": "CREATE_COMPLETE"}
    stub("cloudformation").add_response("describe_stacks", {"Stacks": [toolkit]})

    _cdk(console, aws, tmp_path / "logs").bootstrap()

    assert not (tmp_path / "logs").exists()


def test_a_failure_shows_the_end_of_the_log(
    aws: Aws, console: Console, tmp_path: Path, install_cdk: Callable[[str], None]
) -> None:
    install_cdk("#!/bin/sh\nseq 1 100\necho 'resource refused' >&2\nexit 3\n")

    with pytest.raises(CliError, match="cdk deploy failed with exit status 3") as failed:
        _cdk(console, aws, tmp_path).deploy()

    lines = str(failed.value).splitlines()
    assert str(tmp_path / "cdk-deploy.log") in lines[0]
    assert lines[1:] == [*map(str, range(62, 101)), "resource refused"]


def test_a_missing_cdk_is_said_so(
    aws: Aws, console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CliError, match="'cdk' is not in PATH: run 'make setup'"):
        _cdk(console, aws, tmp_path).deploy()


def test_an_interruption_leaves_no_process(
    aws: Aws, console: Console, tmp_path: Path, install_cdk: Callable[[str], None]
) -> None:
    pid = tmp_path / "pid"
    # It interrupts the command as Ctrl-C does, and would go on by itself.
    install_cdk(f"#!/bin/sh\necho $$ > {pid}\nsleep .5\nkill -INT {os.getpid()}\nexec sleep 60\n")

    with pytest.raises(KeyboardInterrupt):
        _cdk(console, aws, tmp_path).deploy()

    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
