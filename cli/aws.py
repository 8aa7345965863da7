"""The clients that the commands share."""

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config

from contract.console import CONSOLE_DOMAINS

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient

# Throttling and what is transient is botocore's to repeat. An endpoint has 60 s to answer.
_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 8}, read_timeout=70)
_AWS_DOMAINS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


class Aws:
    """One account and region, by whichever endpoint boto3 is told to use.

    Parameters
    ----------
    profile, region
        As `boto3.Session` takes them; None leaves them to the environment.
    """

    def __init__(self, *, profile: str | None = None, region: str | None = None) -> None:
        self.profile = profile
        session: Any = boto3.Session(profile_name=profile, region_name=region)
        self._client = partial(session.client, config=_CONFIG)

    @property
    def region(self) -> str:
        """The region that the clients speak to."""
        return self.step_functions.meta.region_name

    @cached_property
    def is_real(self) -> bool:
        """Whether AWS itself answers, and bills, and not an endpoint of one's own."""
        host = urlsplit(self.step_functions.meta.endpoint_url).hostname or ""
        return host.endswith(_AWS_DOMAINS)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """Where the stack's outputs are."""
        return self._client("cloudformation")

    @cached_property
    def functions(self) -> "LambdaClient":
        """Lambda: which log group a function writes to."""
        return self._client("lambda")

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """The log of the training job."""
        return self._client("logs")

    @cached_property
    def s3(self) -> "S3Client":
        """The bucket with the results."""
        return self._client("s3")

    @cached_property
    def sagemaker(self) -> "SageMakerClient":
        """Training jobs and endpoints."""
        return self._client("sagemaker")

    @cached_property
    def sagemaker_runtime(self) -> "SageMakerRuntimeClient":
        """Inference."""
        return self._client("sagemaker-runtime")

    @cached_property
    def step_functions(self) -> "SFNClient":
        """The state machine and its executions."""
        return self._client("stepfunctions")

    @cached_property
    def sts(self) -> "STSClient":
        """Who is calling."""
        return self._client("sts")

    def execution_link(self, arn: str) -> str | None:
        """Return the console's page of an execution; the embedded AWS has no console."""
        return self._console("states", f"/v2/executions/details/{arn}")

    def log_group_link(self, group: str) -> str | None:
        """Return the console's page of a log group; the embedded AWS has no console."""
        # CloudWatch's console quotes twice and writes $ for the second %.
        quoted = quote(quote(group, safe=""), safe="").replace("%", "$")
        return self._console("cloudwatch", f"logsV2:log-groups/log-group/{quoted}")

    def _console(self, service: str, fragment: str) -> str | None:
        if not self.is_real:
            return None
        domain = CONSOLE_DOMAINS[self.step_functions.meta.partition]
        return f"https://{self.region}.{domain}/{service}/home?region={self.region}#{fragment}"
