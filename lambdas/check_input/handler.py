"""CheckInput: the first state. What it refuses, nothing was created for."""

from contract.plan import Plan
from contract.tasks import CheckInputEvent
from lambdas.check_input.planning import make_plan
from lambdas.environment import pipeline_defaults
from lambdas.observability import logger, task


@task(CheckInputEvent)
def handler(event: CheckInputEvent) -> Plan:
    """Answer with the plan that every later state reads."""
    plan = make_plan(event.execution, event.input, pipeline_defaults())
    logger.info("planned", names=plan.names.model_dump())
    return plan
