"""What the embedded SageMaker needs of the AWS around it.

The adapter of the emulator implements it; the SageMaker service knows nothing
else of its surroundings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import boto3


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request.

    Attributes
    ----------
    principal_arn
        What an error message calls the caller: a user's, root's or an assumed role's ARN.
    access_key_id
        The key that signed the request; None for a call that Step Functions makes.
    role_arn
        The role for which Step Functions makes the call; None for a signed request.
    """

    principal_arn: str
    access_key_id: str | None = None
    role_arn: str | None = None


class AwsError(Exception):
    """An answer that AWS documents as an error.

    Attributes
    ----------
    code
        The API's code, e.g. ``ValidationException`` or ``ResourceLimitExceeded``.
    message
        The text, in AWS's own form where clients match on it.
    status
        The HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class Platform(Protocol):
    """The AWS around the embedded SageMaker."""

    @property
    def endpoint_url(self) -> str:
        """Where every service answers, e.g. ``https://127.0.0.1:4566``."""
        ...

    @property
    def region(self) -> str:
        """The one region."""
        ...

    @property
    def account(self) -> str:
        """The one account."""
        ...

    def authorize(
        self,
        caller: Caller,
        action: str,
        resource: str,
        context: Mapping[str, str] | None = None,
    ) -> None:
        """Ask IAM whether the caller may do this.

        Parameters
        ----------
        caller
            Who asks.
        action
            E.g. ``sagemaker:CreateModel`` or ``iam:PassRole``.
        resource
            The ARN it is done to, or ``*``.
        context
            Condition keys and their values, e.g. ``iam:PassedToService``.

        Raises
        ------
        AwsError
            ``AccessDeniedException``, in AWS's words, if not.
        """
        ...

    def service_session(self, role_arn: str, service: str, session_name: str) -> boto3.Session:
        """Let a service assume a role, and return a session with its credentials.

        Clients of that session have to be given `endpoint_url`; what they do
        is authorised as the role.

        Raises
        ------
        AwsError
            ``ValidationException`` if the role does not exist or does not
            trust ``service`` (e.g. ``sagemaker.amazonaws.com``).
        """
        ...
