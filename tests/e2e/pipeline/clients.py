"""The typed clients of the tests, each made once."""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_stepfunctions import SFNClient

# pyright: reportUnknownMemberType=false
# boto3's stubs know the services that are installed; of all others `client` returns Unknown.


class Clients:
    """Clients of one session."""

    def __init__(self, session: boto3.Session) -> None:
        self.session = session

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self.session.client("cloudformation")

    @cached_property
    def iam(self) -> "IAMClient":
        return self.session.client("iam")

    @cached_property
    def functions(self) -> "LambdaClient":
        return self.session.client("lambda")

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self.session.client("logs")

    @cached_property
    def s3(self) -> "S3Client":
        return self.session.client("s3")

    @cached_property
    def sagemaker(self) -> "SageMakerClient":
        return self.session.client("sagemaker")

    @cached_property
    def runtime(self) -> "SageMakerRuntimeClient":
        return self.session.client("sagemaker-runtime")

    @cached_property
    def states(self) -> "SFNClient":
        return self.session.client("stepfunctions")
