import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from contract import schema
from contract.evaluation import Metrics
from contract.execution_input import TEST_METRICS, ExecutionInput
from contract.hyperparameters import TABLE
from contract.model import MOST_FAULTS, explain

ROOT = Path(__file__).parents[3]

DOCUMENTED: dict[str, Any] = {
    "dataset": {
        "uri": "s3://datasets/mnist.pkl.gz",
        "sha256": "ab" * 32,
        "format": "auto",
        "positive_label": 0,
    },
    "conversion": "auto",
    "training": {
        "instance_type": "ml.c5.xlarge",
        "instance_count": 1,
        "hyperparameters": {"mini_batch_size": "200"},
    },
    "hosting": {"instance_type": "ml.m4.xlarge", "instance_count": 1, "keep": True},
    "gates": {
        "validation": {"metric": "binary_f_beta", "minimum": 0.9},
        "test": {"metric": "f1", "minimum": 0.9},
    },
}


def refusal(value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        ExecutionInput.model_validate(value)
    return explain(caught.value, ExecutionInput)


def test_an_empty_input_is_the_default_case() -> None:
    found = ExecutionInput.model_validate({})
    assert found.hosting.keep
    assert found.dataset.uri is None
    assert found.training.hyperparameters == {}


def test_the_documented_input_is_admitted() -> None:
    found = ExecutionInput.model_validate(DOCUMENTED)
    assert found.gates.test is not None
    assert found.gates.test.minimum == 0.9


def test_what_the_console_writes_is_admitted() -> None:
    found = ExecutionInput.model_validate(
        {"Comment": "try", "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:x"}
    )
    assert found.comment == "try"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"datset": {}}, "datset: unknown key; allowed are dataset, conversion, training"),
        ({"datset": {}}, "did you mean 'dataset'?"),
        ({"hosting": {"kep": True}}, "hosting.kep: unknown key; allowed are instance_type"),
        ({"gates": {"test": {"metrics": "f1"}}}, "gates.test.metrics: unknown key"),
        ({"hosting": {"keep": "yes"}}, "hosting.keep: 'yes': Input should be a valid boolean"),
        ({"hosting": {"keep": 1}}, "hosting.keep: 1: Input should be a valid boolean"),
        ({"hosting": {"instance_count": 0}}, "hosting.instance_count: 0: Input should be greater"),
        ({"hosting": {"instance_type": "m4.xlarge"}}, "such as 'ml.m4.xlarge'"),
        ({"training": {"instance_count": 2}}, "not available yet"),
        ({"conversion": "processing"}, "not available yet"),
        ({"conversion": "spark"}, "conversion: 'spark': Input should be 'auto', 'lambda'"),
        ({"dataset": {"uri": "https://a/b"}}, "expected s3://bucket/key"),
        ({"dataset": {"sha256": "AB"}}, "expected the 64 lower-case hex digits"),
        ({"dataset": {"positive_label": -1}}, "greater than or equal to 0"),
        ({"gates": {"test": {"metric": "f1", "minimum": float("nan")}}}, "finite number"),
        ({"gates": {"test": {"metric": "f1", "minimum": 90}}}, "less than or equal to 1"),
        ({"gates": {"test": {"metric": "f2", "minimum": 0.9}}}, "expected one of accuracy,"),
        ({"gates": {"test": {"metric": "log_loss", "minimum": 0.1}}}, "better when it is lower"),
        ({"gates": {"validation": {"metric": "objective_loss", "minimum": 0}}}, "it is lower"),
        ({"training": {"hyperparameters": {"mini_batch_size": "0"}}}, "mini_batch_size"),
        ({"training": {"hyperparameters": {"mini_batch_size": 200}}}, "valid string"),
        ({"training": {"hyperparameters": {"predictor_type": "regressor"}}}, "predictor_type"),
        (
            {"dataset": {"positive_label": 2**31}},
            "positive_label: 2147483648: Input should be less",
        ),
        (
            {"dataset": {"uri": "s3://abc/" + "ä" * 513}},
            "the key has 1,026 bytes: expected at most",
        ),
        ({"training": {"hyperparameters": {"l1": "0." + "0" * 2_500}}}, "l1: 2,502 characters"),
        ([], "input: []: Input should be a valid dictionary"),
        (None, "input: None: Input should be a valid dictionary"),
    ],
)
def test_a_refusal_names_the_key_the_value_and_what_is_allowed(
    value: object, expected: str
) -> None:
    assert expected in refusal(value)


def test_every_metric_of_an_evaluation_but_a_loss_can_gate() -> None:
    assert {*TEST_METRICS, "log_loss"} == set(Metrics.model_fields)


def test_every_fault_is_told_at_once() -> None:
    told = refusal({"hosting": {"keep": 3}, "datasets": {}}).splitlines()
    assert [line.split(":")[0] for line in told] == ["hosting.keep", "datasets"]


LONG = "x" * 200_000
HUGE: dict[str, dict[str, object]] = {
    "keys": {f"key-{number}": 1 for number in range(10_000)},
    "long key": {LONG: 1},
    "long value": {"conversion": LONG},
    "long uri": {"dataset": {"uri": LONG}},
    "long name": {"training": {"hyperparameters": {LONG: "1"}}},
    "names": {"training": {"hyperparameters": {f"{n}{i}": "" for n in TABLE for i in range(99)}}},
}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
def test_a_refusal_fits_into_the_cause_of_a_failed_execution(value: object) -> None:
    told = refusal(value)
    assert len(json.dumps(told)) < 32_768
    assert len(told.splitlines()) <= MOST_FAULTS + 1


def test_faults_that_are_not_told_are_counted() -> None:
    told = refusal({f"key-{number}": 1 for number in range(MOST_FAULTS + 7)})
    assert told.splitlines()[-1] == "and 7 more"


def test_the_schema_in_the_docs_is_current() -> None:
    written = (ROOT / "docs" / "execution-input.schema.json").read_text()
    assert written == schema.render(), (
        "renew it: python -m contract.schema > docs/execution-input.schema.json"
    )
