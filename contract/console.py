"""Where AWS's console is, by partition: the stack's outputs and the CLI link to it."""

from collections.abc import Mapping
from typing import Final

CONSOLE_DOMAINS: Final[Mapping[str, str]] = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-iso": "console.c2s.ic.gov",
    "aws-iso-b": "console.sc2s.sgov.gov",
    "aws-iso-f": "console.csphome.hci.ic.gov",
}
