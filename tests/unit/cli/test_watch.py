import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from cli import watch
from cli.aws import Aws
from cli.stack import Stack
from cli.training import TrainingObserver
from cli.watch import Observer, Snapshot, follow
from contract.names import ExecutionNames
from tests.unit.cli.histories import (
    DEFINITION,
    EXECUTION_ARN,
    MACHINE_ARN,
    STARTED,
    History,
    description,
)

Stub = Callable[[str], Stubber]
STREAM = "job/algo-1-1772366400"
LOG = (
    "[03/01/2026 12:00:01 INFO 1] #quality_metric: host=algo-1, epoch=0, "
    "train binary_classification_cross_entropy_objective <loss>=0.5",
    "[03/01/2026 12:00:02 INFO 1] #quality_metric: host=algo-1, epoch=1, "
    "train binary_classification_cross_entropy_objective <loss>=0.25",
    "[03/01/2026 12:00:02 INFO 1] #quality_metric: host=algo-1, epoch=1, "
    "validation binary_classification_cross_entropy_objective <loss>=0.125",
    "something else",
)


def _names(stack: Stack) -> ExecutionNames:
    return ExecutionNames.of(
        stack_hash=stack.hash,
        execution_arn=EXECUTION_ARN,
        execution_name="first",
        start_time=STARTED,
    )


def _machine(stub: Stub) -> None:
    stub("step_functions").add_response(
        "describe_state_machine_for_execution",
        {
            "stateMachineArn": MACHINE_ARN,
            "name": "linear-learner-mnist",
            "definition": json.dumps(DEFINITION),
            "roleArn": "arn:aws:iam::123456789012:role/machine",
            "updateDate": STARTED,
        },
    )


def _state(stub: Stub, answer: dict[str, Any], history: History) -> None:
    states = stub("step_functions")
    states.add_response("describe_execution", answer)
    states.add_response("get_execution_history", {"events": history.events[::-1]})


def _job(stub: Stub, name: str, *, status: str = "InProgress", secondary: str = "Training") -> None:
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{name}"
    stub("sagemaker").add_response(
        "describe_training_job",
        {
            "TrainingJobName": name,
            "TrainingJobArn": arn,
            "TrainingJobStatus": status,
            "SecondaryStatus": secondary,
            "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
            "AlgorithmSpecification": {"TrainingInputMode": "File"},
            "ResourceConfig": {"VolumeSizeInGB": 1},
            "StoppingCondition": {},
            "CreationTime": STARTED,
        },
        {"TrainingJobName": name},
    )


def _log(stub: Stub, *lines: str, begin: str | None, following: str) -> None:
    request: dict[str, Any] = {
        "logGroupName": "/aws/sagemaker/TrainingJobs",
        "logStreamName": STREAM,
        "startFromHead": True,
    }
    stub("logs").add_response(
        "get_log_events",
        {"events": [{"message": line} for line in lines], "nextForwardToken": following},
        request | ({"nextToken": begin} if begin else {}),
    )


def _streams(stub: Stub, *names: str) -> None:
    stub("logs").add_response(
        "describe_log_streams", {"logStreams": [{"logStreamName": name} for name in names]}
    )


def test_training_metrics_are_read_from_the_log_as_it_grows(aws: Aws, stub: Stub) -> None:
    observer = TrainingObserver(aws, "job")
    _job(stub, "job", secondary="Starting")
    _streams(stub)
    first = observer.observe()
    _job(stub, "job")
    _streams(stub, STREAM)
    _log(stub, LOG[0], begin=None, following="f/1")
    _log(stub, begin="f/1", following="f/1")
    second = observer.observe()
    _job(stub, "job", status="Completed", secondary="Completed")
    _log(stub, *LOG[1:], begin="f/1", following="f/4")
    _log(stub, begin="f/4", following="f/4")
    third = observer.observe()

    assert str(first) == "Starting"
    assert str(second) == "Training  epoch 1  train loss 0.5000"
    assert str(third) == "Completed  epoch 2  train loss 0.2500  validation loss 0.1250"
    assert third is not None
    assert third.ended


@pytest.mark.parametrize("code", ["ResourceNotFound", "ValidationException"])
def test_a_job_that_is_not_there_yet_is_none(aws: Aws, stub: Stub, code: str) -> None:
    stub("sagemaker").add_client_error(
        "describe_training_job", code, "Requested resource not found."
    )

    assert TrainingObserver(aws, "job").observe() is None


def test_the_first_job_of_an_account_has_no_log_group_yet(aws: Aws, stub: Stub) -> None:
    _job(stub, "job", secondary="Starting")
    stub("logs").add_client_error("describe_log_streams", "ResourceNotFoundException", "no group")

    assert str(TrainingObserver(aws, "job").observe()) == "Starting"


def test_the_job_of_the_second_try_is_watched(aws: Aws, stub: Stub, stack: Stack) -> None:
    _machine(stub)
    history = History().enter(0.5, "Train").schedule(0.5).fail(2, "E").schedule(4)
    _state(stub, description(), history)
    _job(stub, f"{_names(stack).resource}-0-1")
    _streams(stub)

    snapshot = Observer(aws, stack, EXECUTION_ARN).observe()

    assert snapshot.training is not None
    assert snapshot.training.job == f"{_names(stack).resource}-0-1"
    assert snapshot.endpoints == ()


def test_the_job_of_a_redrive_is_watched(aws: Aws, stub: Stub, stack: Stack) -> None:
    _machine(stub)
    _state(stub, description(redriveCount=2), History().enter(0.5, "Train").schedule(0.5))
    _job(stub, f"{_names(stack).resource}-2-0")
    _streams(stub)

    assert Observer(aws, stack, EXECUTION_ARN).observe().training is not None


def test_endpoints_are_watched_from_the_candidate_on(aws: Aws, stub: Stub, stack: Stack) -> None:
    _machine(stub)
    history = History().pass_through(0.1, 0.5, "CheckInput").enter(5, "CreateCandidate")
    _state(stub, description(), history)
    name = _names(stack).resource
    stub("sagemaker").add_response(
        "describe_endpoint",
        {
            "EndpointName": name,
            "EndpointArn": f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{name}",
            "EndpointConfigName": name,
            "EndpointStatus": "Creating",
            "CreationTime": STARTED,
            "LastModifiedTime": STARTED,
        },
        {"EndpointName": name},
    )
    stub("sagemaker").add_client_error(
        "describe_endpoint",
        "ValidationException",
        "Could not find endpoint",
        expected_params={"EndpointName": stack.endpoint},
    )

    snapshot = Observer(aws, stack, EXECUTION_ARN).observe()

    assert [str(endpoint) for endpoint in snapshot.endpoints] == [
        f"candidate endpoint {name}: Creating",
        f"live endpoint {stack.endpoint}: absent",
    ]


class _Recorder:
    def __init__(self) -> None:
        self.statuses: list[str] = []

    def show(self, snapshot: Snapshot) -> None:
        self.statuses.append(snapshot.execution.status)


@pytest.mark.parametrize("last", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_an_execution_is_followed_to_its_end(
    aws: Aws, stub: Stub, stack: Stack, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(watch.time, "sleep", pauses.append)
    _machine(stub)
    history = History().enter(0.1, "CheckInput")
    _state(stub, description(), history)
    _state(stub, description(last, stopped=4.0), history.add(4, "ExecutionSucceeded"))
    recorder = _Recorder()

    snapshot = follow(Observer(aws, stack, EXECUTION_ARN), recorder)

    assert recorder.statuses == ["RUNNING", last]
    assert snapshot.seconds == 4.0
    assert len(pauses) == 1


def test_a_short_run_is_looked_at_often_and_a_long_one_rarely() -> None:
    assert [watch.pause_after(seconds) for seconds in (0, 10, 120, 3600)] == [0.5, 0.5, 2.0, 5.0]
