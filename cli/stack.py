"""The deployed stack, as its outputs tell."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.aws import Aws
from cli.errors import CliError, error_code, error_message
from contract.names import stack_hash
from contract.outputs import BUCKET_OUTPUT, ENDPOINT_OUTPUT, STATE_MACHINE_OUTPUT

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


@dataclass(frozen=True, slots=True)
class Stack:
    """What the commands need of the stack.

    Attributes
    ----------
    endpoint
        Name of the live endpoint; there is none before the first promotion.
    """

    name: str
    bucket: str
    state_machine: str
    endpoint: str

    @property
    def hash(self) -> str:
        """The digits with which the names of its SageMaker resources begin."""
        return stack_hash(self.name)


def find_stack(aws: Aws, name: str) -> Stack:
    """Read the outputs of the stack.

    Raises
    ------
    CliError
        If it is not deployed, or not whole.
    """
    description = describe_stack(aws, name)
    if description is None:
        raise CliError(
            f"stack {name!r} is not deployed in {aws.region}: deploy it with 'cdk deploy', "
            "or name yours with --stack-name"
        )
    outputs = {
        output.get("OutputKey", ""): output.get("OutputValue", "")
        for output in description.get("Outputs", [])
    }
    missing = {BUCKET_OUTPUT, STATE_MACHINE_OUTPUT, ENDPOINT_OUTPUT} - outputs.keys()
    if missing:
        raise CliError(
            f"stack {name!r} is {description['StackStatus']} and has no output "
            f"{', '.join(sorted(missing))}: deploy it with 'cdk deploy', or name yours "
            "with --stack-name"
        )
    return Stack(
        name=name,
        bucket=outputs[BUCKET_OUTPUT],
        state_machine=outputs[STATE_MACHINE_OUTPUT],
        endpoint=outputs[ENDPOINT_OUTPUT],
    )


def describe_stack(aws: Aws, name: str) -> "StackTypeDef | None":
    """Return CloudFormation's description of a stack, or None if there is none of that name."""
    try:
        return aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error_code(error) == "ValidationError" and "does not exist" in error_message(error):
            return None
        raise
