"""What the collector reads of AWS, what it asks of it, and what it makes of a refusal."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.names import ExecutionNames
from contract.tasks import CollectedResource, CollectEvent, CollectResult
from lambdas.collect.collector import Collector
from lambdas.collect.inventory import Inventory, Surveyor
from lambdas.collect.planning import plan
from tests.unit.lambdas.stubs import EXECUTION, LIVE, MACHINE_ARN, STACK, Clients, arn

OWNED = ExecutionNames.of(
    stack_hash=STACK,
    execution_arn=EXECUTION.arn,
    execution_name=EXECUTION.name,
    start_time=EXECUTION.start_time,
).resource
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = CollectEvent()
BUSY = 'Cannot update in-progress endpoint "arn:aws:sagemaker:::x".'


def collector(aws: Clients) -> Collector:
    return Collector(Surveyor(aws.sagemaker, aws.step_functions, STACK, LIVE, MACHINE_ARN))


class Listed:
    """Scripts the lists of a survey in the order in which they are read."""

    def __init__(self, aws: Clients) -> None:
        self.aws = aws

    def jobs(self, *names: str) -> None:
        for status in ("InProgress", "Stopping"):
            summaries = [
                {
                    "TrainingJobName": name,
                    "TrainingJobArn": arn("training-job", name),
                    "CreationTime": LONG_AGO,
                    "TrainingJobStatus": status,
                }
                for name in names
                if status == "InProgress"
            ]
            asked = {"NameContains": f"{STACK}-", "StatusEquals": status}
            answer = {"TrainingJobSummaries": summaries}
            self.aws.expect("sagemaker", "list_training_jobs", asked, answer)
            if status == "InProgress":
                self.tags("training-job", *names)

    def endpoints(self, *names: str, status: str = "InService") -> None:
        summaries = [
            {
                "EndpointName": name,
                "EndpointArn": arn("endpoint", name),
                "CreationTime": LONG_AGO,
                "LastModifiedTime": LONG_AGO,
                "EndpointStatus": status,
            }
            for name in names
        ]
        self._list("list_endpoints", {"Endpoints": summaries})
        for name in names:
            self.tags("endpoint", name)
            if name.startswith(f"{STACK}-"):
                self.aws.expect_endpoint(name, status, name, execution=EXECUTION.arn)

    def configs(self, *names: str) -> None:
        summaries = [
            {
                "EndpointConfigName": name,
                "EndpointConfigArn": arn("endpoint-config", name),
                "CreationTime": LONG_AGO,
            }
            for name in names
        ]
        self._list("list_endpoint_configs", {"EndpointConfigs": summaries})
        for name in names:
            self.tags("endpoint-config", name)
            described = {
                "EndpointConfigName": name,
                "EndpointConfigArn": arn("endpoint-config", name),
                "ProductionVariants": [{"VariantName": "AllTraffic", "ModelName": name}],
                "CreationTime": LONG_AGO,
            }
            asked = {"EndpointConfigName": name}
            self.aws.expect("sagemaker", "describe_endpoint_config", asked, described)

    def models(self, *names: str, stack: str | None = STACK) -> None:
        summaries = [
            {"ModelName": name, "ModelArn": arn("model", name), "CreationTime": LONG_AGO}
            for name in names
        ]
        self._list("list_models", {"Models": summaries})
        self.tags("model", *names, stack=stack)

    def running(self, *arns: str) -> None:
        executions = [
            {
                "executionArn": execution,
                "stateMachineArn": MACHINE_ARN,
                "name": execution.rsplit(":", 1)[1],
                "status": "RUNNING",
                "startDate": EXECUTION.start_time,
            }
            for execution in arns
        ]
        asked = {"stateMachineArn": MACHINE_ARN, "statusFilter": "RUNNING"}
        self.aws.expect("step_functions", "list_executions", asked, {"executions": executions})

    def execution(self, status: str) -> None:
        described: dict[str, Any] = {
            "executionArn": EXECUTION.arn,
            "stateMachineArn": MACHINE_ARN,
            "name": EXECUTION.name,
            "status": status,
            "startDate": EXECUTION.start_time,
            "stopDate": LONG_AGO,
        }
        asked = {"executionArn": EXECUTION.arn}
        self.aws.expect("step_functions", "describe_execution", asked, described)

    def no_live_endpoint(self) -> None:
        self.aws.expect_endpoint(LIVE, None)

    def tags(self, kind: str, *names: str, stack: str | None = STACK) -> None:
        for name in names:
            if name.startswith(f"{STACK}-"):
                self.aws.expect_tags(arn(kind, name), stack, EXECUTION.arn)

    def _list(self, call: str, answer: dict[str, Any]) -> None:
        self.aws.expect("sagemaker", call, {"NameContains": f"{STACK}-"}, answer)


def survey_of_all(aws: Clients, status: str = "FAILED") -> None:
    listed = Listed(aws)
    listed.jobs(f"{OWNED}-0-0")
    listed.endpoints(OWNED)
    listed.configs(OWNED)
    listed.models(OWNED)
    listed.running()
    listed.execution(status)
    listed.no_live_endpoint()


def survey_of_a_candidate(aws: Clients, status: str = "FAILED") -> None:
    listed = Listed(aws)
    listed.jobs()
    listed.endpoints(OWNED)
    listed.configs()
    listed.models()
    listed.running()
    listed.execution(status)
    listed.no_live_endpoint()


def actions(result: CollectResult) -> list[tuple[str, str]]:
    return [(item.action, item.kind) for item in result.resources]


def test_what_an_ended_execution_left_is_stopped_and_deleted(aws: Clients) -> None:
    survey_of_all(aws)
    for _ in ("the job", "the candidate", "the config", "the model"):
        Listed(aws).execution("FAILED")
    aws.expect("sagemaker", "stop_training_job", {"TrainingJobName": f"{OWNED}-0-0"}, {})
    aws.expect("sagemaker", "delete_endpoint", {"EndpointName": OWNED}, {})
    result = collector(aws).collect(EVENT)
    assert actions(result) == [
        ("stop", "training-job"),
        ("delete", "endpoint"),
        ("later", "endpoint-config"),
        ("later", "model"),
    ]


def test_a_dry_run_asks_for_nothing(aws: Clients) -> None:
    survey_of_all(aws)
    result = collector(aws).collect(CollectEvent(dry_run=True))
    assert len(result.resources) == 4


def test_an_execution_that_was_redriven_meanwhile_keeps_its_candidate(aws: Clients) -> None:
    survey_of_a_candidate(aws)
    Listed(aws).execution("RUNNING")
    assert collector(aws).collect(EVENT).resources == ()


def test_what_sagemaker_does_not_let_go_of_is_for_the_next_call(aws: Clients) -> None:
    survey_of_a_candidate(aws)
    Listed(aws).execution("FAILED")
    asked = {"EndpointName": OWNED}
    aws.expect_error("sagemaker", "delete_endpoint", asked, "ValidationException", BUSY)
    result = collector(aws).collect(EVENT)
    assert actions(result) == [("later", "endpoint")]


def test_what_is_gone_already_is_deleted(aws: Clients) -> None:
    survey_of_a_candidate(aws)
    Listed(aws).execution("FAILED")
    asked = {"EndpointName": OWNED}
    message = "Could not find endpoint"
    aws.expect_error("sagemaker", "delete_endpoint", asked, "ValidationException", message)
    assert actions(collector(aws).collect(EVENT)) == [("delete", "endpoint")]


def test_what_may_not_be_deleted_is_an_error(aws: Clients) -> None:
    survey_of_a_candidate(aws)
    Listed(aws).execution("FAILED")
    aws.expect_error(
        "sagemaker", "delete_endpoint", {"EndpointName": OWNED}, "AccessDeniedException"
    )
    with pytest.raises(ClientError, match="AccessDeniedException"):
        collector(aws).collect(EVENT)


def test_other_stacks_things_are_not_even_seen(aws: Clients) -> None:
    listed = Listed(aws)
    listed.jobs(f"other-{STACK}-1-0-0")
    listed.endpoints(f"other-{STACK}-1")
    listed.configs()
    listed.models(f"{STACK}-1", stack="ffffffff")
    listed.running()
    listed.no_live_endpoint()
    result = collector(aws).collect(CollectEvent(everything=True))
    assert result == CollectResult(resources=())


def test_everything_stops_the_running_executions_and_asks_no_owner(aws: Clients) -> None:
    listed = Listed(aws)
    listed.jobs()
    listed.endpoints()
    listed.configs()
    listed.models()
    listed.running(EXECUTION.arn)
    listed.execution("RUNNING")
    listed.no_live_endpoint()
    aws.expect(
        "step_functions",
        "stop_execution",
        {"executionArn": EXECUTION.arn, "cause": "The stack is deleted."},
        {"stopDate": LONG_AGO},
    )
    result = collector(aws).collect(CollectEvent(everything=True))
    assert actions(result) == [("stop", "execution")]


def test_everything_deletes_configs_before_models(aws: Clients) -> None:
    listed = Listed(aws)
    listed.jobs()
    listed.endpoints()
    listed.configs(OWNED)
    listed.models(OWNED)
    listed.running()
    listed.execution("FAILED")
    listed.no_live_endpoint()
    aws.expect("sagemaker", "delete_endpoint_config", {"EndpointConfigName": OWNED}, {})
    aws.expect("sagemaker", "delete_model", {"ModelName": OWNED}, {})
    result = collector(aws).collect(CollectEvent(everything=True))
    assert actions(result) == [("delete", "endpoint-config"), ("delete", "model")]


def survey_beside_a_live_endpoint(aws: Clients, config: str, stack: str) -> Inventory:
    listed = Listed(aws)
    listed.jobs()
    listed.endpoints()
    listed.configs()
    listed.models(OWNED)
    listed.running()
    listed.execution("SUCCEEDED")
    aws.expect_endpoint(LIVE, "InService", config, stack=stack)
    return collector(aws).surveyor.survey()


def test_a_live_endpoint_on_a_config_of_somebodys_own_keeps_every_model(aws: Clients) -> None:
    inventory = survey_beside_a_live_endpoint(aws, "with-data-capture", STACK)
    assert inventory.live_models == {OWNED}
    assert [item.kind for item in plan(inventory, datetime.now(UTC), everything=False)] == []
    everything = plan(inventory, datetime.now(UTC), everything=True)
    assert [(item.action, item.kind) for item in everything] == [
        ("delete", "endpoint"),
        ("later", "model"),
    ]


def test_an_endpoint_of_the_live_name_that_is_not_the_stacks_keeps_nothing(aws: Clients) -> None:
    inventory = survey_beside_a_live_endpoint(aws, "somebody-elses", "ffffffff")
    assert inventory.live_models == frozenset()


def test_an_execution_of_another_machine_is_not_looked_for(aws: Clients) -> None:
    surveyor = collector(aws).surveyor
    assert surveyor.execution("arn:aws:states:eu-west-1:123456789012:execution:older:x") is None


def test_a_result_can_be_sent() -> None:
    item = CollectedResource(kind="model", name="m", action="delete", reason="r")
    sent = CollectResult(resources=(item,)).model_dump(mode="json")
    assert CollectResult.model_validate(sent).resources == (item,)
