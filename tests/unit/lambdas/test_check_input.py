from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.defaults import InstanceChoice, PipelineDefaults
from contract.execution_input import GateInput
from contract.hyperparameters import TABLE
from contract.plan import Plan
from contract.tasks import ExecutionContext
from lambdas.check_input.planning import make_plan
from lambdas.errors import InputRefused

EXECUTION = ExecutionContext(
    arn="arn:aws:states:eu-west-1:123456789012:execution:pipeline:first=try",
    name="first=try",
    start_time=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
)
BINARY = {"predictor_type": "binary_classifier"}
DEFAULTS = PipelineDefaults(
    stack_hash="0123abcd",
    live_endpoint="linear-learner-mnist",
    dataset_uri="s3://datasets/mnist.pkl.gz",
    dataset_buckets=("datasets", "more-datasets"),
    positive_label=0,
    training=InstanceChoice(default="ml.c5.xlarge", allowed=("ml.c5.xlarge", "ml.m5.large")),
    hosting=InstanceChoice(default="ml.m4.xlarge", allowed=("ml.m4.xlarge",)),
    hosting_instance_count=1,
    hyperparameters={"mini_batch_size": "200", "epochs": "15"},
    validation_gate=GateInput(metric="binary_f_beta", minimum=0.9),
    test_gate=GateInput(metric="f1", minimum=0.9),
)


def plan(given: object) -> Plan:
    return make_plan(EXECUTION, given, DEFAULTS)


def refusal(given: object) -> str:
    with pytest.raises(InputRefused) as caught:
        plan(given)
    return str(caught.value)


def test_an_empty_input_is_completed_from_the_configuration() -> None:
    made = plan({})
    assert made.dataset.uri == DEFAULTS.dataset_uri
    assert made.dataset.sha256 is None
    assert made.dataset.positive_label == 0
    assert made.training.instance_type == "ml.c5.xlarge"
    assert made.training.hyperparameters == {**DEFAULTS.hyperparameters, **BINARY}
    assert made.training.loss == "logistic"
    assert made.hosting.instance_type == "ml.m4.xlarge"
    assert made.hosting.instance_count == 1
    assert made.hosting.keep
    assert made.gates.validation == DEFAULTS.validation_gate
    assert made.gates.test == DEFAULTS.test_gate


def test_the_names_are_the_executions_own() -> None:
    names = plan({}).names
    assert names.resource.startswith("0123abcd-")
    assert names.folder.startswith("first-try-")
    assert names.live_endpoint == "linear-learner-mnist"
    later = EXECUTION.model_copy(update={"start_time": datetime(2026, 6, 1, tzinfo=UTC)})
    assert make_plan(later, {}, DEFAULTS).names.resource != names.resource


def test_what_is_asked_for_goes_before_the_configuration() -> None:
    made = plan(
        {
            "dataset": {"uri": "s3://more-datasets/idx/", "format": "idx", "positive_label": 7},
            "training": {"instance_type": "ml.m5.large", "hyperparameters": {"epochs": "3"}},
            "hosting": {"instance_count": 2, "keep": False},
            "gates": {"test": {"metric": "recall", "minimum": 0.5}},
        }
    )
    assert made.dataset.uri == "s3://more-datasets/idx/"
    assert made.dataset.positive_label == 7
    assert made.training.instance_type == "ml.m5.large"
    assert made.training.hyperparameters == {"mini_batch_size": "200", "epochs": "3", **BINARY}
    assert made.hosting.instance_count == 2
    assert not made.hosting.keep
    assert made.gates.test.metric == "recall"
    assert made.gates.validation == DEFAULTS.validation_gate


def test_the_plan_says_which_loss_it_will_be() -> None:
    asked = {"training": {"hyperparameters": {"loss": "hinge_loss", "margin": "2"}}}
    assert plan(asked).training.loss == "hinge_loss"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "input: None: Input should be a valid dictionary"),
        ({"hostng": {}}, "hostng: unknown key; allowed are"),
        ({"hostng": {}}, "did you mean 'hosting'?"),
        ({"hosting": {"keep": "no"}}, "hosting.keep: 'no': Input should be a valid boolean"),
        ({"training": {"hyperparameters": {"mini_batch_size": "0"}}}, "expected an integer > 0"),
        ({"training": {"hyperparameters": {"mini_batchsize": "9"}}}, "'mini_batch_size'"),
        (
            {"training": {"hyperparameters": {"margin": "2"}}},
            "training.hyperparameters: on top of the configured ones: margin: '2' is not allowed"
            " with loss 'logistic'",
        ),
        ({"hosting": {"instance_type": "m4.xlarge"}}, "'m4.xlarge': expected a SageMaker instance"),
        ({"training": {"instance_count": 2}}, "training.instance_count: 2: distributed training"),
        ({"conversion": "processing"}, "conversion: 'processing': the Processing job is not"),
        (
            {"dataset": {"uri": "s3://elsewhere/mnist.pkl.gz"}},
            "dataset.uri: 's3://elsewhere/mnist.pkl.gz': bucket 'elsewhere' is not configured;"
            " allowed are datasets, more-datasets",
        ),
        (
            {"dataset": {"uri": "s3://datasets/idx/", "format": "pickle"}},
            "dataset.format: 'pickle': 's3://datasets/idx/' is a prefix; expected an object",
        ),
        (
            {"hosting": {"instance_type": "ml.p5.48xlarge"}},
            "hosting.instance_type: 'ml.p5.48xlarge': allowed are ml.m4.xlarge",
        ),
        (
            {"training": {"instance_type": "ml.p5.48xlarge"}},
            "training.instance_type: 'ml.p5.48xlarge': allowed are ml.c5.xlarge, ml.m5.large",
        ),
    ],
)
def test_a_refusal_names_the_key_the_value_and_what_is_allowed(given: object, told: str) -> None:
    assert told in refusal(given)


def test_all_that_the_configuration_refuses_is_told_at_once() -> None:
    given: dict[str, Any] = {
        "dataset": {"uri": "s3://elsewhere/x"},
        "training": {"instance_type": "ml.p5.48xlarge"},
        "hosting": {"instance_type": "ml.p5.48xlarge"},
    }
    keys = [line.split(":")[0] for line in refusal(given).splitlines()]
    assert keys == ["dataset.uri", "training.instance_type", "hosting.instance_type"]


def test_a_plan_fits_into_a_state_whatever_is_asked_for() -> None:
    numbers = {name: rule for name, rule in TABLE.items() if rule.kind in ("integer", "real")}
    admitted: dict[str, str] = {}
    for name in numbers:
        for text in ("0.5", "1", "3", "0"):
            longest = text.zfill(2_500)
            with suppress(InputRefused):
                plan({"training": {"hyperparameters": {name: longest}}})
                admitted[name] = longest
    assert len(admitted) > 20
    made = plan(
        {
            "dataset": {"uri": "s3://datasets/" + "\x01" * 1024, "positive_label": 2**31 - 1},
            "training": {"hyperparameters": admitted},
            "gates": {"validation": {"metric": "m" * 200, "minimum": 0.123456789012345}},
            "Comment": "c" * 200_000,
        }
    )
    assert len(made.model_dump_json()) < 262_144


def test_an_execution_name_that_no_tag_can_hold_is_refused() -> None:
    execution = EXECUTION.model_copy(update={"name": "wow!"})
    with pytest.raises(InputRefused, match="execution name 'wow!'"):
        make_plan(execution, {}, DEFAULTS)
