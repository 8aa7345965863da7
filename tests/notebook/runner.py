"""Runs the notebook's cells on the embedded AWS, and writes down what came of it.

Run beside an embedded AWS, whose variables are in the environment:
``python -m tests.notebook.runner RESULT.json``.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import sagemaker
import sagemaker.session

CELLS = Path(__file__).with_name("linear_learner_mnist.py")
ROLE_NAME = "notebook"
REPLACED = {
    # Session() asks STS for the account, at a URL of its own making, to name its bucket.
    "session = sagemaker.Session()": 'session = sagemaker.Session(default_bucket="notebook")',
    # There is no notebook instance whose role it could find.
    "role = sagemaker.get_execution_role()": (
        f'role = "arn:aws:iam::000000000000:role/{ROLE_NAME}"'
    ),
}
"""The lines that differ from AWS, each with what stands in its place."""


class _FastClock:
    """A clock for the SDK alone, twenty times as fast: it looks at a job every 30 seconds."""

    speed = 20

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def time(self) -> float:
        return time.time() * self.speed

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.speed)


def adapted(cells: str) -> str:
    """Return the cells with the lines that differ replaced; each has to be there once."""
    for line, replacement in REPLACED.items():
        assert cells.splitlines().count(line) == 1, f"not once among the cells: {line}"
        cells = cells.replace(line, replacement)
    return cells


def make_role() -> None:
    """Make the role that a notebook has: SageMaker may assume it."""
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    allow = {"Effect": "Allow", "Action": ["s3:*", "logs:*"], "Resource": "*"}
    iam.create_role(
        RoleName=ROLE_NAME, AssumeRolePolicyDocument=_policy(trust | {"Action": "sts:AssumeRole"})
    )
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="notebook", PolicyDocument=_policy(allow))


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def left_over() -> dict[str, list[Any]]:
    """Return what the notebook created and did not delete."""
    client = boto3.client("sagemaker")
    return {
        "Endpoints": [
            endpoint
            for endpoint in client.list_endpoints()["Endpoints"]
            if endpoint["EndpointStatus"] != "Deleting"
        ],
        "EndpointConfigs": client.list_endpoint_configs()["EndpointConfigs"],
        "Models": client.list_models()["Models"],
    }


def main() -> None:
    """Run the cells and write the result."""
    sagemaker.session.time = _FastClock()
    make_role()
    names: dict[str, Any] = {}
    exec(compile(adapted(CELLS.read_text()), CELLS.name, "exec"), names)  # noqa: S102
    result = {"confusion": names["confusion"].to_numpy().tolist(), "left_over": left_over()}
    Path(sys.argv[1]).write_text(json.dumps(result, default=str))


if __name__ == "__main__":
    main()
