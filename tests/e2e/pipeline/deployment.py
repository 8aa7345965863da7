"""The stack on the embedded AWS, deployed by the real CDK CLI, and its executions."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from contract import names
from contract.outputs import BUCKET_OUTPUT, ENDPOINT_OUTPUT, STATE_MACHINE_OUTPUT
from tests.e2e.pipeline.clients import Clients

ROOT: Final = Path(__file__).parents[3]
_EXECUTION_SECONDS: Final = 120
_POLL_SECONDS: Final = 0.1


def cdk(environment: Mapping[str, str], *arguments: str) -> str:
    """Run the CDK CLI as a user does; fail with all that it printed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    done = subprocess.run(
        ["cdk", *arguments],
        cwd=ROOT,
        env={**environment, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"cdk {' '.join(arguments)}:\n{done.stdout}"
    return done.stdout


def deploy(environment: Mapping[str, str], stack_name: str, folder: Path) -> None:
    """Deploy a stack under a name of its own."""
    cdk(
        environment,
        *("deploy", stack_name, "--require-approval", "never"),
        *("-c", f"pipeline:stack_name={stack_name}", "--output", str(folder)),
    )


def destroy(environment: Mapping[str, str], stack_name: str, folder: Path) -> None:
    """Destroy a stack."""
    cdk(
        environment,
        *("destroy", stack_name, "--force"),
        *("-c", f"pipeline:stack_name={stack_name}", "--output", str(folder)),
    )


@dataclass(frozen=True)
class Outcome:
    """How an execution ended."""

    arn: str
    name: str
    started: datetime
    status: str
    states: list[str]
    error: str | None
    cause: str | None
    output: dict[str, Any] | None

    @property
    def told(self) -> str:
        """What an assertion shows."""
        return f"{self.status} after {self.states}: {self.error}: {self.cause}"


@dataclass(frozen=True)
class Deployment:
    """A deployed stack, and what clients do with it."""

    clients: Clients
    stack_name: str
    bucket: str
    state_machine: str
    endpoint: str

    @classmethod
    def of(cls, clients: Clients, stack_name: str) -> "Deployment":
        """Find a stack by its outputs."""
        described = clients.cloudformation.describe_stacks(StackName=stack_name)
        outputs = {
            output.get("OutputKey"): output.get("OutputValue", "")
            for output in described["Stacks"][0].get("Outputs", [])
        }
        return cls(
            clients,
            stack_name,
            bucket=outputs[BUCKET_OUTPUT],
            state_machine=outputs[STATE_MACHINE_OUTPUT],
            endpoint=outputs[ENDPOINT_OUTPUT],
        )

    def start(self, value: object) -> str:
        """Start an execution and return its ARN."""
        states = self.clients.states
        return states.start_execution(stateMachineArn=self.state_machine, input=json.dumps(value))[
            "executionArn"
        ]

    def run(self, value: object) -> Outcome:
        """Start an execution and wait for its end."""
        return self.wait(self.start(value))

    def wait(self, arn: str) -> Outcome:
        """Wait for the end of an execution."""
        states = self.clients.states
        deadline = time.monotonic() + _EXECUTION_SECONDS
        while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"{arn} still runs, in {self.entered(arn)}"
            time.sleep(_POLL_SECONDS)
        output = found.get("output")
        return Outcome(
            arn=arn,
            name=found["name"],
            started=found["startDate"],
            status=found["status"],
            states=self.entered(arn),
            error=found.get("error"),
            cause=found.get("cause"),
            output=json.loads(output) if output else None,
        )

    def wait_for_state(self, arn: str, state: str) -> None:
        """Wait until an execution has entered a state."""
        deadline = time.monotonic() + _EXECUTION_SECONDS
        while state not in self.entered(arn):
            assert time.monotonic() < deadline, f"{arn} never came to {state}: {self.entered(arn)}"
            time.sleep(_POLL_SECONDS)

    def entered(self, arn: str) -> list[str]:
        """Return the states that an execution has entered, in order."""
        states = self.clients.states
        pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [
            event["stateEnteredEventDetails"]["name"]
            for page in pages
            for event in page["events"]
            if "stateEnteredEventDetails" in event
        ]

    def names(self, outcome: Outcome) -> names.ExecutionNames:
        """Return the names of an execution."""
        return names.ExecutionNames.of(
            stack_hash=names.stack_hash(self.stack_name),
            execution_arn=outcome.arn,
            execution_name=outcome.name,
            start_time=outcome.started,
        )

    def read(self, key: str) -> bytes:
        """Return an object of the bucket."""
        found = self.clients.s3.get_object(Bucket=self.bucket, Key=key)
        return found["Body"].read()

    def live_config(self) -> str | None:
        """Return the config that the live endpoint runs; None if there is no endpoint."""
        sagemaker = self.clients.sagemaker
        listed = sagemaker.list_endpoints(NameContains=self.endpoint)["Endpoints"]
        if self.endpoint not in [endpoint["EndpointName"] for endpoint in listed]:
            return None
        return sagemaker.describe_endpoint(EndpointName=self.endpoint)["EndpointConfigName"]

    def left(self) -> dict[str, list[str]]:
        """Return what of this stack is in SageMaker, apart from finished jobs, by its kind."""
        sagemaker = self.clients.sagemaker
        prefix = names.stack_hash(self.stack_name)
        return {
            "endpoints": [
                endpoint["EndpointName"]
                for endpoint in sagemaker.list_endpoints()["Endpoints"]
                if endpoint["EndpointName"].startswith(prefix)
            ],
            "configs": [
                config["EndpointConfigName"]
                for config in sagemaker.list_endpoint_configs()["EndpointConfigs"]
                if config["EndpointConfigName"].startswith(prefix)
            ],
            "models": [
                model["ModelName"]
                for model in sagemaker.list_models()["Models"]
                if model["ModelName"].startswith(prefix)
            ],
            "running jobs": [
                job["TrainingJobName"]
                for job in sagemaker.list_training_jobs(NameContains=prefix)["TrainingJobSummaries"]
                if job["TrainingJobStatus"] in {"InProgress", "Stopping"}
            ],
        }

    def resource(self, kind: str, construct: str) -> str:
        """Return the physical name of the one resource of a kind in a construct."""
        pages = self.clients.cloudformation.get_paginator("list_stack_resources").paginate(
            StackName=self.stack_name
        )
        [found] = [
            resource.get("PhysicalResourceId", "")
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == kind
            and resource["LogicalResourceId"].startswith(construct)
        ]
        return found

    def collect(self) -> None:
        """Call the collector, as its schedule does."""
        assert (error := self.try_to_collect()) is None, error

    def try_to_collect(self) -> str | None:
        """Call the collector, as its schedule does, and return its error, if any."""
        function = self.resource("AWS::Lambda::Function", "CollectFunction")
        answer = self.clients.functions.invoke(FunctionName=function, Payload=b"{}")
        return answer["Payload"].read().decode() if "FunctionError" in answer else None

    def wait_for_candidates(self, seconds: float = 30) -> None:
        """Wait until no candidate is in creation."""
        deadline = time.monotonic() + seconds
        prefix = names.stack_hash(self.stack_name)
        while self.clients.sagemaker.list_endpoints(NameContains=prefix, StatusEquals="Creating")[
            "Endpoints"
        ]:
            assert time.monotonic() < deadline, "a candidate is in creation still"
            time.sleep(_POLL_SECONDS)

    def wait_until_gone(self, kind: str, seconds: float = 30) -> None:
        """Wait until nothing of a kind is left."""
        deadline = time.monotonic() + seconds
        while found := self.left()[kind]:
            assert time.monotonic() < deadline, f"{kind} are left: {found}"
            time.sleep(_POLL_SECONDS)
