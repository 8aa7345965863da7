"""The AWS that the embedded SageMaker stands in, by way of ministack."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import boto3
import botocore.session
from botocore.loaders import Loader, create_loader
from ministack.services import sts

from local_aws.environment import endpoint_url
from local_aws.ministack_adapter.principals import authorize, role_principal, role_trusts
from local_aws.platform import AwsError, Caller
from local_aws.settings import ACCOUNT, REGION


@dataclass(frozen=True, slots=True)
class MinistackPlatform:
    """Implements `local_aws.platform.Platform` on the port where ministack answers."""

    port: int

    @property
    def endpoint_url(self) -> str:
        """Where every service answers."""
        return endpoint_url(self.port)

    @property
    def region(self) -> str:
        """The one region."""
        return REGION

    @property
    def account(self) -> str:
        """The one account."""
        return ACCOUNT

    def authorize(
        self,
        caller: Caller,
        action: str,
        resource: str,
        context: Mapping[str, str] | None = None,
    ) -> None:
        """Ask IAM whether the caller may do this; see `local_aws.platform.Platform`."""
        authorize(caller, action, resource, context)

    def service_session(self, role_arn: str, service: str, session_name: str) -> boto3.Session:
        """Let a service assume a role; see `local_aws.platform.Platform`."""
        if not role_trusts(role_arn, service):
            raise AwsError(
                "ValidationException",
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
                f"principal '{service}' to assume the role.",
            )
        access_key = f"ASIA{secrets.token_hex(8).upper()}"
        secret, token = secrets.token_urlsafe(30), secrets.token_urlsafe(60)
        name = role_arn.rsplit("/", 1)[-1]
        sts.register_session(
            access_key,
            {
                "Arn": role_principal(role_arn, session_name),
                "UserId": f"{name}:{session_name}",
                "SecretAccessKey": secret,
                "SessionToken": token,
            },
        )
        core = botocore.session.get_session()
        core.register_component("data_loader", _api_models())
        return boto3.Session(access_key, secret, token, REGION, botocore_session=core)


@cache
def _api_models() -> Loader:
    """Return AWS's API models, which every session would else read anew, for half a second."""
    return create_loader()
