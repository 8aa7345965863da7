"""The endpoints of an execution: the candidate that is judged and the live one."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from cli.aws import Aws
from cli.errors import error_code


@dataclass(frozen=True, slots=True)
class EndpointStatus:
    """An endpoint at a moment.

    Attributes
    ----------
    role
        ``candidate`` or ``live``.
    status
        SageMaker's word, or ``absent``.
    """

    role: str
    name: str
    status: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.role} endpoint {self.name}: {self.status}"


def endpoint_status(aws: Aws, role: str, name: str) -> EndpointStatus:
    """Ask for the status of an endpoint."""
    try:
        status = aws.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
    except ClientError as error:
        # SageMaker has no code of its own for what is not there.
        if error_code(error) != "ValidationException":
            raise
        return EndpointStatus(role, name, "absent")
    return EndpointStatus(role, name, status)
