"""An account of an embedded AWS, and the few things that the tests make in it, over HTTP."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from local_aws.settings import REGION

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

Statement = Mapping[str, Any]

ALLOW_ALL: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_EXECUTION_SECONDS = 30


def unique(word: str) -> str:
    """Return a name that no other test uses."""
    return f"{word}-{uuid.uuid4().hex[:8]}"


def policy(statements: Sequence[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def archive(files: Mapping[str, str]) -> bytes:
    """Return a zip of the files, by path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for path, text in files.items():
            zipped.writestr(path, text)
    return packed.getvalue()


@cache
def _client(service: str, endpoint: str, bundle: str, key: str, secret: str) -> Any:
    session: Any = boto3.Session(key, secret, region_name=REGION)
    return session.client(service, endpoint_url=endpoint, verify=bundle)


@dataclass(frozen=True)
class Account:
    """Root's way into an account, by the variables that a client would have in its environment."""

    variables: Mapping[str, str]

    @property
    def events(self) -> "EventBridgeClient":
        return self.client("events")

    @property
    def functions(self) -> "LambdaClient":
        return self.client("lambda")

    @property
    def iam(self) -> "IAMClient":
        return self.client("iam")

    @property
    def logs(self) -> "CloudWatchLogsClient":
        return self.client("logs")

    @property
    def s3(self) -> "S3Client":
        return self.client("s3")

    @property
    def states(self) -> "SFNClient":
        return self.client("stepfunctions")

    def client(self, service: str) -> Any:
        """Return a client, made once: that takes longer than most calls."""
        return _client(
            service,
            self.variables["AWS_ENDPOINT_URL"],
            self.variables["AWS_CA_BUNDLE"],
            self.variables["AWS_ACCESS_KEY_ID"],
            self.variables["AWS_SECRET_ACCESS_KEY"],
        )

    def role(self, service: str, statements: Sequence[Statement] = (ALLOW_ALL,)) -> str:
        """Make a role that a service may assume, and return its ARN."""
        name = unique("role")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy([trust]))
        if statements:
            self.iam.put_role_policy(
                RoleName=name, PolicyName="inline", PolicyDocument=policy(statements)
            )
        return role["Role"]["Arn"]

    def distrust(self, role: str) -> None:
        """Take the trust of every service from a role."""
        deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
        self.iam.update_assume_role_policy(
            RoleName=role.rsplit("/", 1)[-1], PolicyDocument=policy([deny])
        )

    def function(self, source: str, role: str | None = None, **options: Any) -> str:
        """Make a function whose ``handler`` is in the source, and return its ARN."""
        made = self.functions.create_function(
            FunctionName=unique("function"),
            Runtime="python3.14",
            Handler="index.handler",
            Role=role or self.role("lambda"),
            Code={"ZipFile": archive({"index.py": source})},
            **options,
        )
        return made["FunctionArn"]

    def set_variables(self, function: str, **variables: str) -> None:
        """Give a function other environment variables."""
        self.functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": variables}
        )

    def invoke(self, function: str, event: object = None) -> tuple[Any, bool]:
        """Return what a function answers, and whether that is an error."""
        answer = self.functions.invoke(
            FunctionName=function, Payload=json.dumps(event if event is not None else {})
        )
        return json.loads(answer["Payload"].read()), "FunctionError" in answer

    def machine(
        self, definition: Mapping[str, Any], role: str | None = None, **options: Any
    ) -> str:
        """Make a state machine in JSONata, and return its ARN."""
        made = self.states.create_state_machine(
            name=unique("machine"),
            definition=json.dumps({"QueryLanguage": "JSONata", **definition}),
            roleArn=role or self.role("states"),
            **options,
        )
        return made["stateMachineArn"]

    def start(self, machine: str, event: object = None) -> str:
        """Start an execution, and return its ARN."""
        started = self.states.start_execution(
            stateMachineArn=machine, input=json.dumps(event if event is not None else {})
        )
        return started["executionArn"]

    def ended(self, execution: str) -> "DescribeExecutionOutputTypeDef":
        """Wait for the end of an execution, and return its description."""
        deadline = time.monotonic() + _EXECUTION_SECONDS
        while True:
            found = self.states.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            assert time.monotonic() < deadline, f"{execution} runs on after {_EXECUTION_SECONDS} s"
            time.sleep(0.02)

    def run(
        self, states: Mapping[str, Any], role: str | None = None, **machine: Any
    ) -> "DescribeExecutionOutputTypeDef":
        """Run a machine of these states, the first one first, to its end."""
        definition = {"StartAt": next(iter(states)), "States": states, **machine}
        return self.ended(self.start(self.machine(definition, role)))

    def listen_to_executions(self, name: str, machine: str) -> None:
        """Collect what EventBridge tells of a machine's executions; `heard` returns it."""
        url = self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        self.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": policy([allow])}
        )
        pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}
        self.events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        self.events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

    def heard(self, name: str) -> list[dict[str, Any]]:
        """Return the events that a listener has collected, oldest first."""
        url = self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        told = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        events = [json.loads(message.get("Body", "")) for message in told.get("Messages", [])]
        return sorted(events, key=lambda event: event["detail"]["stopDate"] or 0)

    def task(self, states_task: Mapping[str, Any], role: str | None = None) -> Any:
        """Run a machine of one task to its end."""
        return self.run({"Task": {"Type": "Task", "End": True, **states_task}}, role)
