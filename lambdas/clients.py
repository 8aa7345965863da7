"""The functions' AWS clients: each made once, when it is first asked for.

A client that is kept keeps its connections too, so a warm function does not
shake hands again.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

import boto3  # its stubs know the services in use alone: hence the ignores below
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_stepfunctions import SFNClient

CONNECTIONS: Final = 8
"""Requests in flight at once: S3 parts, records on their way to an endpoint."""

_ATTEMPTS: Final = 6
_CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    max_pool_connections=CONNECTIONS,
    connect_timeout=5,
)
_RUNTIME_CONFIG: Final = _CONFIG.merge(
    Config(read_timeout=70)  # a model may take 60 s; the answer says so, if one waits for it
)


@cache
def cloudformation() -> "CloudFormationClient":
    """Return the client of CloudFormation."""
    return boto3.client("cloudformation", config=_CONFIG)  # pyright: ignore[reportUnknownMemberType]


@cache
def s3() -> "S3Client":
    """Return the client of S3."""
    return boto3.client("s3", config=_CONFIG)  # pyright: ignore[reportUnknownMemberType]


@cache
def sagemaker() -> "SageMakerClient":
    """Return the client of SageMaker."""
    return boto3.client("sagemaker", config=_CONFIG)  # pyright: ignore[reportUnknownMemberType]


@cache
def sagemaker_runtime() -> "SageMakerRuntimeClient":
    """Return the client that invokes endpoints."""
    return boto3.client("sagemaker-runtime", config=_RUNTIME_CONFIG)  # pyright: ignore[reportUnknownMemberType]


@cache
def step_functions() -> "SFNClient":
    """Return the client of Step Functions."""
    return boto3.client("stepfunctions", config=_CONFIG)  # pyright: ignore[reportUnknownMemberType]
