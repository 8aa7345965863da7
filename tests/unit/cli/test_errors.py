import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from cli import command_line
from cli.errors import FAILED, explain


def _client_error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "StartExecution")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "no AWS credentials"),
        (NoRegionError(), "--region"),
        (ProfileNotFound(profile="mine"), "(mine)"),
        (EndpointConnectionError(endpoint_url="https://localhost:1"), "https://localhost:1"),
        (
            _client_error("AccessDeniedException", "not authorized to perform: states:Start"),
            "access denied to StartExecution: not authorized to perform: states:Start",
        ),
        (_client_error("ExpiredToken", "expired"), "credentials are not accepted (ExpiredToken)"),
        (_client_error("ThrottlingException", "slow"), "StartExecution: ThrottlingException: slow"),
    ],
)
def test_errors_are_said_in_one_line(error: BotoCoreError | ClientError, said: str) -> None:
    text = explain(error)

    assert said in text
    assert "\n" not in text


def test_missing_credentials_are_one_line_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert command_line.main(["watch", "--region", "us-east-1"]) == FAILED
    assert capsys.readouterr().err.startswith("error: no AWS credentials")


def test_an_unknown_profile_is_one_line_and_a_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--profile", "nobodys", "watch"]) == FAILED
    assert "error: The config profile (nobodys) could not be found" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--stack-name", "mine", "watch"], ["watch", "--stack-name", "mine"]],
)
def test_common_options_stand_before_the_command_or_behind_it(arguments: list[str]) -> None:
    options = command_line.make_parser().parse_args(arguments)

    assert (options.stack_name, options.region) == ("mine", None)
