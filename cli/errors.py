"""How the commands say what went wrong: in a line, with what to do about it."""

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

FAILED: Final = 1
"""Exit status: the pipeline failed, or AWS refused."""

REFUSED: Final = 2
"""Exit status: what was asked for is wrong, and nothing was done."""

_DENIED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
)
_BAD_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_NO_CREDENTIALS: Final = (
    "no AWS credentials: sign in with 'aws configure' or 'aws sso login', name a profile with "
    '--profile, or reach the embedded AWS with: eval "$(python -m local_aws env)"'
)
_NO_REGION: Final = "no AWS region: name one with --region or AWS_DEFAULT_REGION"


class CliError(Exception):
    """Something that the user has to know and can act on.

    Attributes
    ----------
    status
        The exit status that the command ends with.
    """

    def __init__(self, message: str, *, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status


def error_code(error: ClientError) -> str:
    """Return AWS's code of an error, e.g. ``ValidationException``."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def error_message(error: ClientError) -> str:
    """Return AWS's text of an error."""
    return error.response.get("Error", {}).get("Message", "")


def is_denied(error: ClientError) -> bool:
    """Tell whether IAM has refused the call."""
    return error_code(error) in _DENIED


def explain(error: BotoCoreError | ClientError) -> str:
    """Say in a line what AWS, or the way to it, refused."""
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return _NO_CREDENTIALS
        case NoRegionError():
            return _NO_REGION
        case EndpointConnectionError():
            return f"{error}: is it up, and is the region right?"
        case ClientError():
            return _explain_answer(error)
        case _:
            return str(error)


def _explain_answer(error: ClientError) -> str:
    code = error_code(error)
    if is_denied(error):
        return f"access denied to {error.operation_name}: {error_message(error)}"
    if code in _BAD_CREDENTIALS:
        return f"the AWS credentials are not accepted ({code}): {error_message(error)}"
    return f"{error.operation_name}: {code}: {error_message(error)}"
