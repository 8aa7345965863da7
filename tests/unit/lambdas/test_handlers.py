"""What every handler shares: contract types in and out, and log lines that name the execution."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from contract.environment import PIPELINE_DEFAULTS
from contract.plan import Plan
from contract.verdict import Verdict
from lambdas import errors
from lambdas.check_input import handler as check_input
from lambdas.errors import InputRefused, PipelineError
from lambdas.judge import handler as judge
from lambdas.observability import logger
from tests.unit.lambdas.stubs import EXECUTION
from tests.unit.lambdas.test_check_input import DEFAULTS

SENT: dict[str, Any] = {"execution": EXECUTION.model_dump(mode="json")}
JUDGED: dict[str, Any] = {
    **SENT,
    "gate": "test",
    "rule": {"metric": "f1", "minimum": 0.9},
    "metrics": {"f1": 0.95, "recall": 1},
}


@pytest.fixture
def context() -> LambdaContext:
    made = LambdaContext()
    made._function_name = "judge"  # pyright: ignore[reportPrivateUsage] - it has no constructor
    made._memory_limit_in_mb = 512  # pyright: ignore[reportPrivateUsage]
    made._invoked_function_arn = "arn:aws:lambda:::judge"  # pyright: ignore[reportPrivateUsage]
    made._aws_request_id = "1"  # pyright: ignore[reportPrivateUsage]
    return made


def test_a_handler_answers_in_json(context: LambdaContext) -> None:
    answer = judge.handler(JUDGED, context)
    assert Verdict.model_validate(json.loads(json.dumps(answer))).passed


def test_a_log_line_names_the_execution(
    context: LambdaContext, caplog: pytest.LogCaptureFixture
) -> None:
    judge.handler(JUDGED, context)
    line = json.loads(logger.registered_formatter.format(caplog.records[-1]))
    assert line["message"] == "judged"
    assert line["execution"] == EXECUTION.arn


def test_what_a_state_does_not_send_so_is_a_defect(context: LambdaContext) -> None:
    with pytest.raises(ValidationError, match="execution"):
        judge.handler({"gate": "test"}, context)


def test_check_input_reads_the_configuration_from_its_environment(
    context: LambdaContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PIPELINE_DEFAULTS, DEFAULTS.model_dump_json())
    planned = Plan.model_validate(check_input.handler({**SENT, "input": {}}, context))
    assert planned.names.live_endpoint == DEFAULTS.live_endpoint
    with pytest.raises(InputRefused, match="hostng: unknown key"):
        check_input.handler({**SENT, "input": {"hostng": {}}}, context)


def test_errors_are_one_family_with_names_that_fit_step_functions() -> None:
    family = [e for e in vars(errors).values() if isinstance(e, type)]
    assert all(issubclass(e, PipelineError) and len(e.__name__) <= 256 for e in family)
