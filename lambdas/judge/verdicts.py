"""The verdict of a gate: a metric that was reported, held against a minimum."""

import math
from collections.abc import Mapping
from typing import Final

from contract.execution_input import GateInput
from contract.verdict import GateName, Verdict

REPORTED_PREFIX: Final[Mapping[GateName, str]] = {"validation": "validation:", "test": ""}
"""What stands before a metric's name in the report that a gate reads.

A training job reports the metrics of all its channels, each after its
channel's name; evaluation.json knows only the test split.
"""


def judge(gate: GateName, rule: GateInput, metrics: Mapping[str, float | str | None]) -> Verdict:
    """Hold a reported metric against the gate's minimum.

    A metric that was not reported, or is no finite number, never passes.
    """
    name = REPORTED_PREFIX[gate] + rule.metric
    reported = metrics.get(name)
    value = reported if isinstance(reported, int | float) and math.isfinite(reported) else None
    if value is not None:
        passed = value >= rule.minimum
        sign = ">=" if passed else "<"
        reason = f"{name} is {value:.6g} {sign} {rule.minimum:g}"
    else:
        passed = False
        reason = _no_number(name, metrics)
    return Verdict(
        gate=gate,
        passed=passed,
        metric=rule.metric,
        minimum=rule.minimum,
        value=value,
        reasons=(reason,),
    )


def _no_number(name: str, metrics: Mapping[str, float | str | None]) -> str:
    if name in metrics:
        return f"{name} is {metrics[name]}, not a finite number"
    return f"{name}: metric not reported; reported: {', '.join(sorted(metrics)) or 'nothing'}"
