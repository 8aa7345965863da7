"""An endpoint as SageMaker describes it, with the tag that says whose it is.

Permissions: ``sagemaker:DescribeEndpoint`` and ``sagemaker:ListTags`` on the
endpoints that are read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from contract.names import EXECUTION_TAG, STACK_TAG
from lambdas.sagemaker_errors import is_missing

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

EndpointStatus = Literal[
    "OutOfService",
    "Creating",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "InService",
    "Deleting",
    "Failed",
    "UpdateRollbackFailed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint.

    Attributes
    ----------
    config
        The endpoint config it runs; while it is created, the one it will run.
    pending_config
        The one that an update in progress brings; None without an update.
    changed
        When it was last modified.
    failure
        Why it failed; empty if it did not.
    stack
        The hash of the stack that owns it by its tag; None if none does.
    execution
        The ARN of the execution that created it, by its tag; None if none did.
    """

    name: str
    status: EndpointStatus
    config: str
    pending_config: str | None
    changed: datetime
    failure: str
    stack: str | None
    execution: str | None

    @property
    def configs(self) -> frozenset[str]:
        """The configs that it needs: the current and the arriving one."""
        return frozenset(name for name in (self.config, self.pending_config) if name)


def describe_endpoint(sagemaker: "SageMakerClient", name: str) -> Endpoint | None:
    """Return an endpoint as it is now; None if there is none of that name."""
    try:
        found = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    tags = read_tags(sagemaker, found["EndpointArn"])
    pending = found.get("PendingDeploymentSummary")
    return Endpoint(
        name=name,
        status=found["EndpointStatus"],
        config=found.get("EndpointConfigName", ""),  # none where it hosts inference components
        pending_config=pending["EndpointConfigName"] if pending else None,
        changed=found["LastModifiedTime"],
        failure=found.get("FailureReason", ""),
        stack=tags.get(STACK_TAG),
        execution=tags.get(EXECUTION_TAG),
    )


def read_tags(sagemaker: "SageMakerClient", arn: str) -> dict[str, str]:
    """Return the tags of a SageMaker resource; none if it is gone meanwhile."""
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    try:
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    except ClientError as error:
        if is_missing(error):
            return {}
        raise
