"""What a stack has in SageMaker, told by the begin of the names."""

import time
from collections.abc import Callable
from typing import Final

from cli.aws import Aws

_POLL_SECONDS: Final = 2.0


def candidates(aws: Aws, stack_hash: str) -> list[str]:
    """Return the endpoints that executions of the stack have made to be judged."""
    pages = aws.sagemaker.get_paginator("list_endpoints").paginate(NameContains=stack_hash)
    names = [endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]]
    return [name for name in names if name.startswith(f"{stack_hash}-")]


def hosting_resources(aws: Aws, stack_hash: str) -> list[str]:
    """Return the stack's candidates, endpoint configs and models."""
    client = aws.sagemaker
    names = candidates(aws, stack_hash)
    for page in client.get_paginator("list_endpoint_configs").paginate(NameContains=stack_hash):
        names += [config["EndpointConfigName"] for config in page["EndpointConfigs"]]
    for page in client.get_paginator("list_models").paginate(NameContains=stack_hash):
        names += [model["ModelName"] for model in page["Models"]]
    return [name for name in names if name.startswith(f"{stack_hash}-")]


def wait_until_gone(find: Callable[[], list[str]], seconds: float) -> list[str]:
    """Return what is still found after that time; nothing as soon as nothing is found."""
    deadline = time.monotonic() + seconds
    while (found := find()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return found
