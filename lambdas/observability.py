"""The one logger and the one tracer, and how a handler is wrapped in them.

The stack's name is their service: the stack says so by ``POWERTOOLS_SERVICE_NAME``.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.tracing import Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from contract.tasks import TaskEvent

logger: Final = Logger()
tracer: Final = Tracer()

Handler: TypeAlias = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]
EventT = TypeVar("EventT", bound=TaskEvent)


def observed(handler: Handler) -> Handler:
    """Trace a handler, and give its log lines the request's own keys."""
    traced = tracer.capture_lambda_handler(handler, capture_response=False)
    return logger.inject_lambda_context(traced, clear_state=True)


def task(event_type: type[EventT]) -> Callable[[Callable[[EventT], BaseModel]], Handler]:
    """Make a handler for the state machine of a function from one contract type to another.

    Every log line and the trace name the execution.

    Parameters
    ----------
    event_type
        What the state sends. It is validated; one that does not fit is a
        defect of the state machine, and raises pydantic's own error.
    """

    def decorate(answer: Callable[[EventT], BaseModel]) -> Handler:
        @observed
        def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
            typed = event_type.model_validate(event)
            logger.append_keys(execution=typed.execution.arn)
            tracer.put_annotation("execution", typed.execution.arn)
            return answer(typed).model_dump(mode="json")

        return handler

    return decorate
