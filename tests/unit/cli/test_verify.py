import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from rich.console import Console

from cli import leftovers
from cli.aws import Aws
from cli.demo import run_demo
from cli.errors import REFUSED, CliError
from cli.leftovers import candidates, hosting_resources, wait_until_gone
from cli.verify import Verification
from contract.names import stack_hash
from tests.unit.cli.conftest import printed
from tests.unit.cli.histories import STARTED

Stub = Callable[[str], Stubber]
HASH = stack_hash("mine")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cdk_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Put a program called cdk beside this Python whose deploy fails; return what it was told."""
    (tmp_path / "cdk").write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n[ "$1" != deploy ] || exit 1\n'
    )
    (tmp_path / "cdk").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return lambda: (tmp_path / "calls").read_text().splitlines()


def _identity(stub: Stub) -> None:
    arn = "arn:aws:iam::123456789012:user/engineer"
    stub("sts").add_response("get_caller_identity", {"Account": "123456789012", "Arn": arn})


def _stack(stub: Stub, name: str) -> None:
    stack = {"StackName": name, "CreationTime": STARTED, "StackStatus": "CREATE_COMPLETE"}
    stub("cloudformation").add_response("describe_stacks", {"Stacks": [stack]})


def _no_stack(stub: Stub, name: str) -> None:
    stub("cloudformation").add_client_error(
        "describe_stacks", "ValidationError", f"Stack with id {name} does not exist"
    )


def _endpoints(stub: Stub, *names: str) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/"
    times = {"CreationTime": STARTED, "LastModifiedTime": STARTED}
    found = [
        {"EndpointName": name, "EndpointArn": arn + name, "EndpointStatus": "InService"} | times
        for name in names
    ]
    stub("sagemaker").add_response("list_endpoints", {"Endpoints": found}, {"NameContains": HASH})


def _configs_and_models(stub: Stub, config: str, model: str) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:"
    config_answer: dict[str, Any] = {
        "EndpointConfigName": config,
        "EndpointConfigArn": f"{arn}endpoint-config/{config}",
        "CreationTime": STARTED,
    }
    model_answer = {
        "ModelName": model,
        "ModelArn": f"{arn}model/{model}",
        "CreationTime": STARTED,
    }
    sagemaker = stub("sagemaker")
    sagemaker.add_response("list_endpoint_configs", {"EndpointConfigs": [config_answer]})
    sagemaker.add_response("list_models", {"Models": [model_answer]})


def test_a_deployed_stack_is_spared(aws: Aws, stub: Stub, console: Console) -> None:
    _identity(stub)
    _stack(stub, "mine")

    with pytest.raises(CliError, match="deployed already, and verify destroys") as refused:
        Verification(console, aws, "mine", keep=False).run(agreed=True)
    assert refused.value.status == REFUSED


def test_money_is_not_spent_unasked(
    aws: Aws, stub: Stub, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _identity(stub)
    _no_stack(stub, "mine")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)

    with pytest.raises(CliError, match="agree with --yes") as refused:
        Verification(console, aws, "mine", keep=False).run(agreed=False)
    assert refused.value.status == REFUSED
    assert "about 0.10 USD" in printed(console)


def test_a_no_is_a_no(
    aws: Aws, stub: Stub, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    _identity(stub)
    _no_stack(stub, "mine")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(console, "input", {"Go on? [y/N] ": "n"}.__getitem__)

    with pytest.raises(CliError, match="nothing was deployed"):
        Verification(console, aws, "mine", keep=False).run(agreed=False)


def test_a_deployment_that_fails_is_destroyed(
    aws: Aws, stub: Stub, console: Console, cdk_calls: Callable[[], list[str]]
) -> None:
    _identity(stub)
    _no_stack(stub, "mine")
    _stack(stub, "CDKToolkit")
    _stack(stub, "mine")
    _no_stack(stub, "mine")
    _endpoints(stub)
    _configs_and_models(stub, "other", "other")

    with pytest.raises(CliError, match="cdk deploy failed with exit status 1"):
        Verification(console, aws, "mine", keep=False).run(agreed=True)

    assert [call.split()[0] for call in cdk_calls()] == ["deploy", "destroy"]
    assert all("pipeline:keep_bucket=false" in call for call in cdk_calls())
    assert "ok      stack mine is gone" in printed(console)
    assert "ok      nothing of it is left in SageMaker" in printed(console)


def test_a_deployment_that_is_to_stay_is_not_destroyed(
    aws: Aws, stub: Stub, console: Console, cdk_calls: Callable[[], list[str]]
) -> None:
    _identity(stub)
    _stack(stub, "CDKToolkit")

    with pytest.raises(CliError, match="cdk deploy failed"):
        Verification(console, aws, "mine", keep=True).run(agreed=True)

    assert [call.split()[0] for call in cdk_calls()] == ["deploy"]
    assert "keep_bucket" not in cdk_calls()[0]


def test_only_the_stacks_own_candidates_are_its_candidates(aws: Aws, stub: Stub) -> None:
    _endpoints(stub, f"{HASH}-0123456789abcdef", f"other-{HASH}")

    assert candidates(aws, HASH) == [f"{HASH}-0123456789abcdef"]


def test_all_that_hosts_is_found(aws: Aws, stub: Stub) -> None:
    _endpoints(stub, f"{HASH}-endpoint")
    _configs_and_models(stub, f"{HASH}-config", f"{HASH}-model")

    found = hosting_resources(aws, HASH)

    assert sorted(found) == [f"{HASH}-config", f"{HASH}-endpoint", f"{HASH}-model"]


def test_waiting_ends_as_soon_as_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(leftovers.time, "sleep", pauses.append)
    answers = iter([["a", "b"], ["b"], []])

    assert wait_until_gone(lambda: next(answers), 60) == []
    assert len(pauses) == 2


def test_waiting_ends_with_what_is_left() -> None:
    assert wait_until_gone(lambda: ["a"], 0) == ["a"]


def test_the_demo_is_not_for_a_real_account(aws: Aws, console: Console) -> None:
    with pytest.raises(CliError, match="demo is for the embedded AWS") as refused:
        run_demo(console, aws, "mine")
    assert refused.value.status == REFUSED
