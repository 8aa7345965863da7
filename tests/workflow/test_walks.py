"""Where executions end: only a promotion or a rehearsal that was passed is a success."""

import json
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any, get_args

import pytest
from botocore.model import StringShape
from botocore.session import get_session
from botocore.validate import ParamValidator

from contract.execution_output import ExecutionOutput
from contract.promotion import PromotionOutcome
from contract.tasks import (
    CheckInputEvent,
    EvaluateEvent,
    IngestEvent,
    JudgeEvent,
    PrepareEvent,
    PromoteEvent,
    TaskEvent,
)
from infra.workflow.host import CHANGING
from infra.workflow.limits import CANDIDATE_BUDGET, DELETION_BUDGET, PROMOTION_BUDGET
from tests.workflow import samples
from tests.workflow.interpreter import NOT_FOUND, Answers, TaskError, Walk, states, walk

DENIED = TaskError("SageMaker.SageMakerException", "is not authorized to perform")
THROTTLED = TaskError("SageMaker.SageMakerException", "Rate exceeded")
IN_PROGRESS = TaskError("SageMaker.SageMakerException", "Cannot update in-progress endpoint")
FUNCTION_FAILED = TaskError("DatasetRefused", "told by the function")
SUCCESSES = {"Promoted", "Rehearsed"}
BROKEN = ("Failed", "OutOfService", "UpdateRollbackFailed", "Deleting")


def answers(**others: Any) -> Answers:
    """Return the answers of a run in which all goes well, but for others."""
    return {
        "CheckInput": samples.plan(),
        "Ingest": samples.ingested(),
        "Prepare": samples.prepared(),
        "Train": samples.training_job(),
        "ValidationGate": samples.verdict("validation"),
        "CreateModel": {"ModelArn": "arn"},
        "CreateEndpointConfig": {"EndpointConfigArn": "arn"},
        "CreateCandidate": {"EndpointArn": "arn"},
        "DescribeCandidate": iter([samples.endpoint("Creating"), samples.endpoint("InService")]),
        "Evaluate": samples.evaluation(),
        "TestGate": samples.verdict("test"),
        "DeleteCandidate": {},
        "DescribeDeletion": iter([samples.endpoint("Deleting"), NOT_FOUND]),
        "Promote": iter([samples.promotion("wait"), samples.promotion("promoted")]),
        **others,
    }


def succeeded(found: Walk) -> bool:
    return found.error is None and found.visited[-1] in SUCCESSES


def test_a_promotion() -> None:
    found = walk(answers())
    assert [name for name in found.visited if not name.startswith("Wait")] == [
        "CheckInput",
        "Ingest",
        "Prepare",
        "Train",
        "ValidationGate",
        "ValidationPassed",
        "CreateModel",
        "CreateEndpointConfig",
        "CreateCandidate",
        "DescribeCandidate",
        "CandidateStatus",
        "DescribeCandidate",
        "CandidateStatus",
        "Evaluate",
        "TestGate",
        "TestPassed",
        "DeleteCandidate",
        "DescribeDeletion",
        "DeletionStatus",
        "DescribeDeletion",
        "DeletionAnswer",
        "KeepModel",
        "Promote",
        "PromotionOutcome",
        "Promote",
        "PromotionOutcome",
        "Promoted",
    ]
    output = ExecutionOutput.model_validate(found.output)
    assert output.endpoint == "linear-learner-mnist"
    assert [verdict.gate for verdict in output.verdicts] == ["validation", "test"]
    assert output.uris.model_artifact.startswith("s3://the-bucket/models/")


def test_a_rehearsal_touches_no_live_endpoint() -> None:
    found = walk(answers(CheckInput=samples.plan(keep=False)))
    assert found.visited[-1] == "Rehearsed"
    assert "Promote" not in found.visited
    assert ExecutionOutput.model_validate(found.output).endpoint is None


@pytest.mark.parametrize("gate", ["validation", "test"])
def test_a_gate_that_is_not_passed_fails_under_its_name(gate: Any) -> None:
    state = f"{gate.capitalize()}Gate"
    found = walk(answers(**{state: samples.verdict(gate, passed=False)}))
    assert found.error == f"{state}Failed"
    assert json.loads(found.cause or "")["reasons"] == ["f1 is 0.96"]
    assert "Promote" not in found.visited


@pytest.mark.parametrize(
    "state",
    [
        "CheckInput",
        "Ingest",
        "Prepare",
        "Train",
        "ValidationGate",
        "DescribeCandidate",
        "Evaluate",
        "TestGate",
        "Promote",
    ],
)
def test_an_error_that_is_no_answer_fails_the_execution_as_it_is(state: str) -> None:
    found = walk(answers(**{state: FUNCTION_FAILED}))
    assert (found.error, found.cause) == ("DatasetRefused", "told by the function")
    assert found.visited[-1] == state


@pytest.mark.parametrize("thing", ["Model", "EndpointConfig", "Candidate"])
def test_a_creation_that_failed_but_exists_goes_on(thing: str) -> None:
    found = walk(answers(**{f"Create{thing}": DENIED, f"Find{thing}": {"there": "it is"}}))
    assert f"Find{thing}" in found.visited
    assert succeeded(found)


@pytest.mark.parametrize("thing", ["Model", "EndpointConfig", "Candidate"])
def test_a_creation_that_failed_fails_with_its_own_cause(thing: str) -> None:
    limit = TaskError("SageMaker.ResourceLimitExceededException", "The quota is 0 instances")
    found = walk(answers(**{f"Create{thing}": limit, f"Find{thing}": NOT_FOUND}))
    assert found.visited[-1] == f"{thing}NotCreated"
    assert found.error == "SageMaker.ResourceLimitExceededException"
    assert "The quota is 0 instances" in (found.cause or "")


@pytest.mark.parametrize("status", BROKEN)
def test_a_candidate_that_broke_fails(status: str) -> None:
    described = samples.endpoint(status, "no capacity")
    found = walk(answers(DescribeCandidate=described))
    assert found.error == "CandidateFailed"
    assert json.loads(found.cause or "") == {
        "status": status,
        "reason": "no capacity",
        "endpoint": samples.NAMES.resource,
    }


@pytest.mark.parametrize("status", CHANGING)
def test_a_candidate_that_changes_for_ever_fails_after_its_budget(status: str) -> None:
    found = walk(answers(DescribeCandidate=samples.endpoint(status)))
    assert found.error == "CandidateTimedOut"
    assert found.visited.count("DescribeCandidate") == CANDIDATE_BUDGET.polls


def test_the_statuses_of_a_candidate_are_all_that_the_api_knows() -> None:
    model = get_session().get_service_model("sagemaker")
    shape = model.shape_for("EndpointStatus")
    assert isinstance(shape, StringShape)
    assert sorted(shape.enum) == sorted(["InService", *CHANGING, *BROKEN])


def test_a_candidate_is_gone_before_the_live_endpoint_is_touched() -> None:
    accepted: dict[str, Any] = {}
    deletions: Iterator[Any] = chain([IN_PROGRESS], repeat(accepted))
    described: Iterator[Any] = chain(
        [samples.endpoint("SystemUpdating")], [samples.endpoint("Deleting")] * 3, [NOT_FOUND]
    )
    found = walk(answers(DeleteCandidate=deletions, DescribeDeletion=described))
    assert succeeded(found)
    assert found.visited.count("DeleteCandidate") == 2
    assert found.visited.index("KeepModel") > found.visited.index("DescribeDeletion")
    assert found.visited[found.visited.index("KeepModel") - 1] == "DeletionAnswer"


def test_a_candidate_that_is_gone_already_is_not_waited_for() -> None:
    found = walk(answers(DeleteCandidate=NOT_FOUND))
    assert succeeded(found)
    assert "WaitForDeletion" not in found.visited


def test_an_error_that_passes_while_a_candidate_goes_is_no_end() -> None:
    described: Iterator[Any] = chain([THROTTLED] * 3, [samples.endpoint("Deleting"), NOT_FOUND])
    assert succeeded(walk(answers(DescribeDeletion=described)))


@pytest.mark.parametrize("task", ["DeleteCandidate", "DescribeDeletion"])
def test_the_error_that_is_waited_for_is_not_retried(task: str) -> None:
    retried = [error for retrier in states()[task]["Retry"] for error in retrier["ErrorEquals"]]
    assert retried == ["SageMaker.SdkClientException"]


def test_a_candidate_of_which_nothing_is_ever_told_fails_after_its_budget() -> None:
    found = walk(answers(DescribeDeletion=THROTTLED))
    assert (found.error, json.loads(found.cause or "")["Cause"]) == (
        "CandidateNotDeleted",
        "Rate exceeded",
    )
    assert found.visited.count("DescribeDeletion") == DELETION_BUDGET.polls


@pytest.mark.parametrize("status", ["Deleting", "InService", "SystemUpdating"])
def test_a_candidate_that_does_not_go_fails_after_its_budget(status: str) -> None:
    found = walk(answers(DescribeDeletion=samples.endpoint(status)))
    assert found.error == "CandidateNotDeleted"
    assert found.visited.count("DescribeDeletion") == DELETION_BUDGET.polls
    assert "Promote" not in found.visited


def test_a_candidate_that_may_not_be_deleted_fails_at_once() -> None:
    found = walk(answers(DeleteCandidate=DENIED))
    assert found.error == "CandidateNotDeleted"
    assert "is not authorized" in (found.cause or "")
    assert "WaitForDeletion" not in found.visited


def test_a_candidate_of_which_nothing_is_known_fails() -> None:
    found = walk(answers(DescribeDeletion=DENIED))
    assert found.error == "CandidateNotDeleted"
    assert "is not authorized" in (found.cause or "")


@pytest.mark.parametrize("outcome", [o for o in get_args(PromotionOutcome) if o != "wait"])
def test_only_a_promotion_that_arrived_is_a_success(outcome: PromotionOutcome) -> None:
    found = walk(answers(Promote=samples.promotion(outcome)))
    assert succeeded(found) == (outcome == "promoted")
    if outcome != "promoted":
        assert found.error == "PromotionFailed"
        assert json.loads(found.cause or "")["outcome"] == outcome


def test_a_promotion_that_waits_for_ever_fails_after_its_budget() -> None:
    found = walk(answers(Promote=samples.promotion("wait")))
    assert found.error == "PromotionTimedOut"
    assert found.visited.count("Promote") == PROMOTION_BUDGET.polls


def test_what_a_promotion_did_is_carried_from_call_to_call() -> None:
    found = walk(answers(Promote=iter([samples.promotion("wait"), samples.promotion("promoted")])))
    progress = found.arguments["Promote"]["Payload"]["progress"]
    assert progress == samples.promotion("wait")["progress"]
    first = walk(answers(Promote=samples.promotion("promoted")))
    assert first.arguments["Promote"]["Payload"]["progress"] == {
        "replaced_config": None,
        "update_sent": False,
        "reverting": False,
    }


EVENTS: dict[str, type[TaskEvent]] = {
    "CheckInput": CheckInputEvent,
    "Ingest": IngestEvent,
    "Prepare": PrepareEvent,
    "ValidationGate": JudgeEvent,
    "Evaluate": EvaluateEvent,
    "TestGate": JudgeEvent,
    "Promote": PromoteEvent,
}


@pytest.mark.parametrize("state", EVENTS)
def test_every_function_is_sent_what_the_contract_says(state: str) -> None:
    found = walk(answers(), {"hosting": {"keep": True}})
    event = EVENTS[state].model_validate(found.arguments[state]["Payload"])
    assert event.execution == samples.EXECUTION


@pytest.mark.parametrize("execution_input", [{}, {"training": None}, [], "text", 7])
def test_check_input_gets_whatever_was_given(execution_input: Any) -> None:
    found = walk(answers(), execution_input)
    assert found.arguments["CheckInput"]["Payload"]["input"] == (execution_input or {})


def test_the_validation_gate_gets_the_metrics_of_the_job_by_name() -> None:
    event = walk(answers()).arguments["ValidationGate"]["Payload"]
    assert event["metrics"] == {"validation:binary_f_beta": 0.97, "train:progress": 100.0}
    assert event["gate"] == "validation"


@pytest.mark.parametrize("count", [0, 1])
def test_a_job_with_few_metrics_or_none_is_judged_all_the_same(count: int) -> None:
    metrics = [{"MetricName": "train:progress", "Value": 1.0, "Timestamp": "now"}][:count]
    found = walk(answers(Train=samples.training_job(metrics)))
    assert len(found.arguments["ValidationGate"]["Payload"]["metrics"]) == count


def sagemaker_tasks() -> Iterator[tuple[str, str]]:
    for name, state in states().items():
        resource = state.get("Resource", "")
        if ":sagemaker:" in resource:
            action = resource.rpartition(":")[2].removesuffix(".sync")
            yield name, f"{action[0].upper()}{action[1:]}"


@pytest.mark.parametrize(("state", "action"), list(sagemaker_tasks()))
def test_sagemaker_is_asked_as_its_api_has_it(state: str, action: str) -> None:
    found_at_all: dict[str, Any] = {
        f"{verb}{thing}": answer
        for thing in ("Model", "EndpointConfig", "Candidate")
        for verb, answer in (("Create", DENIED), ("Find", {"there": "it is"}))
    }
    arguments = walk(answers(**found_at_all)).arguments[state]
    shape = get_session().get_service_model("sagemaker").operation_model(action).input_shape
    assert shape is not None
    report = ParamValidator().validate(arguments, shape)
    assert not report.has_errors(), report.generate_report()


def test_the_training_job_knows_the_features_that_prepare_found() -> None:
    job = walk(answers()).arguments["Train"]
    assert job["HyperParameters"] == {
        "mini_batch_size": "200",
        "predictor_type": "binary_classifier",
        "feature_dim": "784",
    }
    assert [channel["ChannelName"] for channel in job["InputDataConfig"]] == [
        "train",
        "validation",
    ]


def test_everything_in_sagemaker_says_whose_it_is() -> None:
    arguments = walk(answers()).arguments
    for state in ("Train", "CreateModel", "CreateEndpointConfig", "CreateCandidate"):
        assert {tag["Key"]: tag["Value"] for tag in arguments[state]["Tags"]} == {
            "linear-learner-mnist:stack": "c65d3baf",
            "linear-learner-mnist:execution": samples.ARN,
        }
