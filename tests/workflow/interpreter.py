"""A small interpreter of the states that the pipeline uses, for walks without AWS.

It knows no time and no retries: a task answers, or fails after its last retry.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from jsonata import Jsonata
from jsonata.utils import Utils

from infra.workflow.definition import definition
from tests.workflow import samples

Answers = dict[str, Iterator[Any] | Any]
MOST_STEPS = 2_000


@dataclass
class TaskError(Exception):
    """A task failed, after its last retry."""

    error: str
    cause: str = "told by AWS"


NOT_FOUND = TaskError(
    "SageMaker.SageMakerException",
    'Could not find endpoint "arn:aws:sagemaker:us-east-1:111111111111:endpoint/it". '
    "(Service: SageMaker, Status Code: 400)",
)


@dataclass
class Walk:
    """What an execution did.

    Attributes
    ----------
    visited
        The states, in order.
    arguments
        What every task was called with, by state; the last call counts.
    output
        Of an execution that succeeded.
    error, cause
        Of one that failed.
    """

    visited: list[str] = field(default_factory=list)
    arguments: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    error: str | None = None
    cause: str | None = None


def states() -> dict[str, Any]:
    """Return the states, with the placeholders filled."""
    text = json.dumps(definition()["States"])
    for key, value in samples.SUBSTITUTIONS.items():
        text = text.replace(f"${{{key}}}", value)
    return json.loads(text)


def evaluate(expression: str, variables: dict[str, Any]) -> Any:
    """Evaluate the JSONata within the marks; a result that is undefined is an error, as on AWS."""
    compiled = Jsonata.jsonata(expression.removeprefix("{%").removesuffix("%}").strip())
    bound = {k: Utils.NULL_VALUE if v is None else v for k, v in variables.items()}
    value: Any = compiled.evaluate(None, bound)
    assert value is not None, f"undefined: {expression}"
    return None if value is Utils.NULL_VALUE else json.loads(json.dumps(value))


def fill(template: Any, variables: dict[str, Any]) -> Any:
    """Evaluate every expression in a template."""
    if isinstance(template, dict):
        entries = cast("dict[str, Any]", template)
        return {key: fill(value, variables) for key, value in entries.items()}
    if isinstance(template, list):
        return [fill(value, variables) for value in cast("list[Any]", template)]
    if isinstance(template, str) and template.startswith("{%"):
        return evaluate(template, variables)
    return template


def walk(answers: Answers, execution_input: Any = None) -> Walk:
    """Run the state machine on answers of its tasks.

    Parameters
    ----------
    answers
        By state: what the task answers, or an iterator of what it answers
        call by call; a `TaskError` fails it.
    execution_input
        Of the execution.
    """
    return _Walker(answers, execution_input or {}).run()


class _Walker:
    def __init__(self, answers: Answers, execution_input: Any) -> None:
        self.answers = answers
        self.input = execution_input
        self.states = states()
        self.walk = Walk()

    def run(self) -> Walk:
        step: dict[str, Callable[[str, dict[str, Any]], str | None]] = {
            "Task": self._task,
            "Choice": self._choice,
            "Wait": lambda _, state: state["Next"],
            "Succeed": self._end,
            "Fail": self._fail,
        }
        name: str | None = "CheckInput"
        while name is not None:
            self.walk.visited.append(name)
            assert len(self.walk.visited) < MOST_STEPS, "a loop has no end"
            state = self.states[name]
            name = step[state["Type"]](name, state)
        return self.walk

    def _bindings(self, **bound: Any) -> dict[str, Any]:
        states = {"input": self.input, "context": samples.context(), **bound}
        return {**self.walk.variables, "states": states}

    def _assign(self, fields: dict[str, Any], **bound: Any) -> None:
        self.walk.variables |= fill(fields.get("Assign", {}), self._bindings(**bound))

    def _task(self, name: str, state: dict[str, Any]) -> str | None:
        self.walk.arguments[name] = fill(state["Arguments"], self._bindings())
        answer = self.answers[name]
        result: Any = next(cast("Iterator[Any]", answer)) if hasattr(answer, "__next__") else answer
        if isinstance(result, TaskError):
            return self._catch(state, result)
        if state["Resource"].endswith("lambda:invoke"):
            result = {"Payload": result, "StatusCode": 200}
        self._assign(state, result=result)
        return state["Next"]

    def _catch(self, state: dict[str, Any], failure: TaskError) -> str | None:
        for catcher in state.get("Catch", []):
            if failure.error in catcher["ErrorEquals"] or "States.ALL" in catcher["ErrorEquals"]:
                output = {"Error": failure.error, "Cause": failure.cause}
                self._assign(catcher, errorOutput=output)
                return catcher["Next"]
        self.walk.error, self.walk.cause = failure.error, failure.cause
        return None

    def _choice(self, _: str, state: dict[str, Any]) -> str:
        for rule in state["Choices"]:
            if evaluate(rule["Condition"], self._bindings()) is True:
                self._assign(rule)
                return rule["Next"]
        self._assign(state)
        return state["Default"]

    def _end(self, _: str, state: dict[str, Any]) -> None:
        self.walk.output = fill(state["Output"], self._bindings())

    def _fail(self, _: str, state: dict[str, Any]) -> None:
        self.walk.error = fill(state["Error"], self._bindings())
        self.walk.cause = fill(state["Cause"], self._bindings())
