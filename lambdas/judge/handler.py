"""Judge: the verdict of a gate on the metrics that were reported."""

from contract.tasks import JudgeEvent
from contract.verdict import Verdict
from lambdas.judge.verdicts import judge
from lambdas.observability import logger, task


@task(JudgeEvent)
def handler(event: JudgeEvent) -> Verdict:
    """Answer with the verdict; a gate that is failed is an answer, not an error."""
    verdict = judge(event.gate, event.rule, event.metrics)
    logger.info("judged", gate=event.gate, passed=verdict.passed, reasons=verdict.reasons)
    return verdict
