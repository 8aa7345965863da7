"""Real boto3 clients that answer from a script: botocore checks every request and response."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.stub import Stubber

from contract.names import EXECUTION_TAG, STACK_TAG
from contract.plan import PlannedNames
from contract.tasks import ExecutionContext

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_stepfunctions import SFNClient

STACK = "0123abcd"
BUCKET = "the-bucket"
LIVE = "linear-learner-mnist"
MACHINE_ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:pipeline"
EXECUTION = ExecutionContext(
    arn="arn:aws:states:eu-west-1:123456789012:execution:pipeline:first",
    name="first",
    start_time=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
)
NAMES = PlannedNames(resource=f"{STACK}-1111", folder="first-1111", live_endpoint=LIVE)
CHANGED = datetime(2026, 1, 2, 3, tzinfo=UTC)


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:123456789012:{kind}/{name}"


@dataclass(frozen=True)
class Clients:
    """The clients, and the scripts they answer from."""

    cloudformation: "CloudFormationClient"
    s3: "S3Client"
    sagemaker: "SageMakerClient"
    runtime: "SageMakerRuntimeClient"
    step_functions: "SFNClient"
    scripts: dict[str, Stubber]

    def expect(
        self, service: str, call: str, asked: dict[str, Any], answer: dict[str, Any]
    ) -> None:
        self.scripts[service].add_response(call, answer, asked)

    def expect_error(
        self, service: str, call: str, asked: dict[str, Any], code: str, message: str = ""
    ) -> None:
        self.scripts[service].add_client_error(
            call, service_error_code=code, service_message=message, expected_params=asked
        )

    def expect_endpoint(
        self,
        name: str,
        status: str | None,
        config: str = "",
        *,
        pending: str | None = None,
        stack: str | None = STACK,
        execution: str | None = None,
        changed: datetime = CHANGED,
    ) -> None:
        """Script DescribeEndpoint and, if there is one, the ListTags that follows it."""
        asked = {"EndpointName": name}
        if status is None:
            self.expect_error(
                "sagemaker",
                "describe_endpoint",
                asked,
                "ValidationException",
                f'Could not find endpoint "{arn("endpoint", name)}".',
            )
            return
        described: dict[str, Any] = {
            "EndpointName": name,
            "EndpointArn": arn("endpoint", name),
            "EndpointConfigName": config,
            "EndpointStatus": status,
            "CreationTime": changed,
            "LastModifiedTime": changed,
        }
        if pending:
            described["PendingDeploymentSummary"] = {"EndpointConfigName": pending}
        self.expect("sagemaker", "describe_endpoint", asked, described)
        self.expect_tags(arn("endpoint", name), stack, execution)

    def expect_tags(self, resource: str, stack: str | None, execution: str | None) -> None:
        tags = {STACK_TAG: stack, EXECUTION_TAG: execution}
        answer = [{"Key": key, "Value": value} for key, value in tags.items() if value]
        self.expect("sagemaker", "list_tags", {"ResourceArn": resource}, {"Tags": answer})


@contextmanager
def scripted_clients() -> Generator[Clients]:
    """Yield clients; at the end, every scripted request must have been made."""
    made: dict[str, Any] = {
        "cloudformation": _client("cloudformation"),
        "s3": _client("s3"),
        "sagemaker": _client("sagemaker"),
        "runtime": _client("sagemaker-runtime"),
        "step_functions": _client("stepfunctions"),
    }
    with ExitStack() as stack:
        scripts = {key: stack.enter_context(Stubber(client)) for key, client in made.items()}
        yield Clients(**made, scripts=scripts)
        for script in scripts.values():
            script.assert_no_pending_responses()


@cache  # making one takes half a second
def _client(service: str) -> Any:
    session: Any = boto3.Session()
    return session.client(
        service, region_name="eu-west-1", aws_access_key_id="-", aws_secret_access_key="-"  # noqa: S106 - nothing is sent
    )  # fmt: skip
