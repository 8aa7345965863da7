"""The definition as a whole: every task retries and ends, every loop has a budget."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from jsonata import Jsonata

from contract.names import ATTEMPT_JSONATA, attempt
from infra.function_specs import FUNCTIONS
from infra.workflow import limits
from infra.workflow.asl import CAUSE_LIMIT
from infra.workflow.definition import definition
from infra.workflow.train import VOLUME_GB
from tests.workflow import samples
from tests.workflow.interpreter import evaluate, fill

MACHINE: Any = json.loads(json.dumps(definition()))
STATES: dict[str, Any] = MACHINE["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
FAILS = {name: state for name, state in STATES.items() if state["Type"] == "Fail"}

SUCCESSES = {"Promoted", "Rehearsed"}

# Names of errors that AWS raises; an emulator's own would never match there.
AWS_ERRORS = {
    "States.ALL",
    "Lambda.AWSLambdaException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.SdkClientException",
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "SageMaker.AmazonSageMakerException",
    "SageMaker.ResourceLimitExceededException",
    "SageMaker.SageMakerException",
    "SageMaker.SdkClientException",
}


def successors(state: dict[str, Any]) -> set[str]:
    """Return the states that can follow a state."""
    following = {state[key] for key in ("Next", "Default") if key in state}
    following |= {rule["Next"] for rule in state.get("Choices", [])}
    return following | {catcher["Next"] for catcher in state.get("Catch", [])}


def expressions(value: Any) -> Iterator[str]:
    """Yield every JSONata expression in a part of the definition."""
    if isinstance(value, dict):
        for one in cast("dict[str, Any]", value).values():
            yield from expressions(one)
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from expressions(one)
    elif isinstance(value, str) and value.startswith("{%"):
        yield value


def loops() -> list[list[str]]:
    """Return the ways that lead back to where they began, each once."""
    found: dict[frozenset[str], list[str]] = {}

    def follow(path: list[str]) -> None:
        for name in successors(STATES[path[-1]]):
            if name in path:
                loop = path[path.index(name) :]
                found.setdefault(frozenset(loop), loop)
            else:
                follow([*path, name])

    follow(["CheckInput"])
    return list(found.values())


def test_it_is_jsonata_and_ends_in_time() -> None:
    assert MACHINE["QueryLanguage"] == "JSONata"
    assert MACHINE["TimeoutSeconds"] == limits.EXECUTION_SECONDS


def test_every_way_leads_to_a_state_and_every_state_is_reached() -> None:
    reached = {"CheckInput"}
    for state in STATES.values():
        reached |= successors(state)
    assert reached == set(STATES)


def test_names_and_size_are_within_the_limits_of_step_functions() -> None:
    assert all(len(name) <= 80 for name in STATES)
    assert len(json.dumps(MACHINE)) < 1_048_576
    for expression in expressions(MACHINE):
        assert len(expression) < 10_000


@pytest.mark.parametrize("name", TASKS)
def test_every_task_retries_what_is_transient(name: str) -> None:
    retriers = TASKS[name]["Retry"]
    assert retriers
    for retrier in retriers:
        assert 1 <= retrier["MaxAttempts"] <= 6
        assert retrier["BackoffRate"] > 1
        assert retrier["MaxDelaySeconds"] > retrier["IntervalSeconds"]
        assert retrier["JitterStrategy"] == "FULL"
        assert "States.ALL" not in retrier["ErrorEquals"], "an answer is not tried again"


@pytest.mark.parametrize("name", TASKS)
def test_every_task_ends_after_what_it_waits_for(name: str) -> None:
    timeout = TASKS[name]["TimeoutSeconds"]
    resource = TASKS[name]["Resource"]
    if resource.endswith("lambda:invoke"):
        placeholder = TASKS[name]["Arguments"]["FunctionName"]
        function = placeholder.removeprefix("${").removesuffix("Arn}")
        assert timeout > FUNCTIONS[function].timeout_seconds
    elif resource.endswith(".sync"):
        arguments = TASKS[name]["Arguments"]
        assert timeout > arguments["StoppingCondition"]["MaxRuntimeInSeconds"]
    else:
        assert timeout >= 60
    assert timeout < limits.EXECUTION_SECONDS


def test_every_error_that_is_matched_is_one_that_aws_raises() -> None:
    matched = {
        error
        for state in TASKS.values()
        for matcher in (*state["Retry"], *state.get("Catch", []))
        for error in matcher["ErrorEquals"]
    }
    assert matched <= AWS_ERRORS


def test_only_what_is_an_answer_is_caught() -> None:
    caught = {name for name, state in TASKS.items() if "Catch" in state}
    creations = {"Model", "EndpointConfig", "Candidate"}
    assert caught == {f"{verb}{thing}" for verb in ("Create", "Find") for thing in creations} | {
        "DeleteCandidate",
        "DescribeDeletion",
    }


def test_there_are_three_loops_and_each_counts_its_polls_against_a_budget() -> None:
    entered = {next(name for name in loop if STATES[name]["Type"] == "Wait") for loop in loops()}
    assert entered == {"WaitForCandidate", "WaitForDeletion", "WaitForPromotion"}
    for loop in loops():
        assigned = [STATES[name].get("Assign", {}).get("polls") for name in loop]
        assert "{% $polls + 1 %}" in assigned, f"{loop} does not count"
        conditions = [
            rule["Condition"]
            for name in loop
            if STATES[name]["Type"] == "Choice"
            for rule in STATES[name]["Choices"]
        ]
        assert any("$polls" in condition for condition in conditions), f"{loop} has no budget"


def test_the_longest_way_fits_into_the_execution() -> None:
    tasks = sum(state["TimeoutSeconds"] for state in TASKS.values())
    loops_ = sum(
        budget.seconds
        for budget in (limits.CANDIDATE_BUDGET, limits.DELETION_BUDGET, limits.PROMOTION_BUDGET)
    )
    assert tasks + loops_ < limits.EXECUTION_SECONDS


@pytest.mark.parametrize("name", FAILS)
def test_a_failure_has_a_name_and_a_cause_within_the_limits(name: str) -> None:
    error, cause = FAILS[name]["Error"], FAILS[name]["Cause"]
    assert error.startswith("{%") or re.fullmatch(r"[A-Za-z]{1,256}", error)
    huge: Any = {"Error": "An.Error", "Cause": "ä" * 40_000}
    verdict = samples.verdict("test") | {"reasons": ["x" * 40_000]}
    variables = {
        "plan": samples.plan(),
        "candidate": {"status": "Failed", "reason": "y" * 40_000},
        "creation_error": huge,
        "deletion_error": huge,
        "deletion_status": "InService",
        "promotion": {"outcome": "failed", "reason": "z" * 40_000},
        "test_verdict": verdict,
        "validation_verdict": verdict,
    }
    assert len(fill(cause, variables)) <= CAUSE_LIMIT


def test_every_end_but_two_is_a_failure() -> None:
    ends = {name: state["Type"] for name, state in STATES.items() if not successors(state)}
    assert {name for name, kind in ends.items() if kind != "Fail"} == SUCCESSES
    assert not [name for name, state in STATES.items() if state.get("End")]


@pytest.mark.parametrize("expression", sorted(set(expressions(MACHINE))))
def test_every_expression_compiles(expression: str) -> None:
    assert expression.endswith("%}")
    Jsonata.jsonata(expression[2:-2])


@pytest.mark.parametrize("redrives", [0, 1, 2])
@pytest.mark.parametrize("retries", [0, 3])
def test_an_attempt_is_called_as_the_contract_calls_it(redrives: int, retries: int) -> None:
    states = {"context": samples.context(redrives=redrives, retries=retries)}
    variables = {"states": states, "plan": samples.plan()}
    assert evaluate(ATTEMPT_JSONATA, variables) == attempt(redrives, retries)
    job = evaluate(STATES["Train"]["Arguments"]["TrainingJobName"], variables)
    assert job == samples.NAMES.training_job(attempt(redrives, retries))
    assert len(job) <= 63
    assert job == job.lower()


def test_what_is_sent_is_within_the_limits_of_a_payload() -> None:
    largest: Any = samples.prepared() | {"manifest_uri": "s3://b/" + "k" * 1024}
    payload = json.dumps([samples.plan(), largest, samples.ingested(), samples.evaluation()])
    assert len(payload.encode()) < 262_144


def test_the_disk_holds_what_a_function_can_convert() -> None:
    function_gb = 10  # the most memory, and the most /tmp, that a function can have
    assert function_gb < VOLUME_GB
