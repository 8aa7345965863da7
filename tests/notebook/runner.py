"""Runs a notebook's cells on the embedded AWS, and writes down what came of it.

Run beside an embedded AWS, whose variables are in the environment:
``python -m tests.notebook.runner NOTEBOOK RESULT.json VARIABLE...``.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import sagemaker
import sagemaker.session

NOTEBOOKS = Path(__file__).parent
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
    """A clock for the SDK alone, a hundred times as fast: it looks at a job every 30 seconds."""

    speed = 100

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
    actions = ["s3:*", "logs:*", "cloudwatch:PutMetricData"]
    allow = {"Effect": "Allow", "Action": actions, "Resource": "*"}
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


def _plain(value: Any) -> Any:
    """Return what JSON can hold of numpy's and pandas's values."""
    return value.to_numpy().tolist() if hasattr(value, "to_numpy") else value.tolist()


def main(notebook: str, result: str, *variables: str) -> None:
    """Run the cells and write the result."""
    sagemaker.session.time = _FastClock()
    make_role()
    path = NOTEBOOKS / f"{notebook}.py"
    names: dict[str, Any] = {}
    exec(compile(adapted(path.read_text()), path.name, "exec"), names)  # noqa: S102
    found = {"variables": {name: names[name] for name in variables}, "left_over": left_over()}
    Path(result).write_text(json.dumps(found, default=_plain))


if __name__ == "__main__":
    main(*sys.argv[1:])
