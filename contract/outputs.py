"""The outputs of the stack, by which its clients find what was deployed.

`infra` writes them, the CLI and the tests read them by CloudFormation's
DescribeStacks.
"""

from typing import Final

DEFAULT_STACK_NAME: Final = "linear-learner-mnist"
"""The stack's name where nobody has chosen another."""

BUCKET_OUTPUT: Final = "BucketName"
"""The one bucket."""

STATE_MACHINE_OUTPUT: Final = "StateMachineArn"
"""The ARN of the pipeline."""

ENDPOINT_OUTPUT: Final = "EndpointName"
"""The name of the live endpoint; there is none before the first promotion."""

STATE_MACHINE_CONSOLE_OUTPUT: Final = "StateMachineConsole"
"""For people: the state machine's page in the console."""

BUCKET_CONSOLE_OUTPUT: Final = "BucketConsole"
"""For people: the bucket's page in the console."""
