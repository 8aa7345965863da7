"""What SageMaker does as the role that a caller passed to it."""

from typing import TYPE_CHECKING

from local_aws.platform import Platform
from local_aws.sagemaker.logs import LogStream
from local_aws.sagemaker.permissions import SERVICE
from local_aws.sagemaker.storage import Storage

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


def distrusts(role_arn: str) -> str:
    """Say in AWS's words that hosting cannot assume a role."""
    return (
        f'The execution role ARN "{role_arn}" is invalid. Please ensure that the role exists and '
        'that its trust relationship policy allows the action "sts:AssumeRole" for the service '
        f'principal "{SERVICE}".'
    )


class PassedRole:
    """A role that was passed, assumed anew for each job and deployment.

    Raises
    ------
    AwsError
        ``ValidationException`` if SageMaker cannot assume it.
    """

    def __init__(self, platform: Platform, role_arn: str) -> None:
        self._endpoint_url = platform.endpoint_url
        self._session = platform.service_session(role_arn, SERVICE, "SageMaker")

    def storage(self) -> Storage:
        """Return S3 as the role sees it."""
        return Storage(self._session, self._endpoint_url)

    def metrics(self) -> "CloudWatchClient":
        """Return CloudWatch as the role sees it."""
        return self._session.client(  # pyright: ignore[reportUnknownMemberType]  # its stubs
            "cloudwatch", endpoint_url=self._endpoint_url
        )

    def log_stream(self, group: str, stream: str) -> LogStream:
        """Open a log stream that the role writes."""
        client = self._session.client(  # pyright: ignore[reportUnknownMemberType]  # its stubs
            "logs", endpoint_url=self._endpoint_url
        )
        return LogStream(client, group, stream)
