import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.execution_input import GateInput
from lambdas.judge.verdicts import judge

F1 = GateInput(metric="f1", minimum=0.9)


@given(value=st.floats(0, 1), minimum=st.floats(0, 1))
def test_a_gate_is_passed_from_its_minimum_on(value: float, minimum: float) -> None:
    verdict = judge("test", GateInput(metric="f1", minimum=minimum), {"f1": value})
    assert verdict.passed == (value >= minimum)
    assert verdict.value == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "NaN", None])
def test_what_is_no_finite_number_never_passes(value: float | str | None) -> None:
    verdict = judge("test", GateInput(metric="f1", minimum=0), {"f1": value})
    assert not verdict.passed
    assert verdict.value is None
    assert verdict.reasons == (f"f1 is {value}, not a finite number",)


def test_a_metric_that_is_not_reported_is_told_with_those_that_are() -> None:
    verdict = judge("test", F1, {"recall": 1.0, "accuracy": 1.0})
    assert not verdict.passed
    assert verdict.reasons == ("f1: metric not reported; reported: accuracy, recall",)


def test_nothing_reported_never_passes() -> None:
    assert judge("test", F1, {}).reasons == ("f1: metric not reported; reported: nothing",)


def test_the_validation_gate_reads_the_validation_channel_alone() -> None:
    rule = GateInput(metric="binary_f_beta", minimum=0.9)
    assert judge("validation", rule, {"validation:binary_f_beta": 0.95}).passed
    assert not judge("validation", rule, {"train:binary_f_beta": 0.95, "binary_f_beta": 1}).passed


def test_a_verdict_says_value_and_minimum() -> None:
    assert judge("test", F1, {"f1": 0.5}).reasons == ("f1 is 0.5 < 0.9",)
    assert judge("test", F1, {"f1": 0.9}).reasons == ("f1 is 0.9 >= 0.9",)
