"""The input of an execution, checked before anything is started."""

import json
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from cli.errors import REFUSED, CliError
from contract.execution_input import ExecutionInput
from contract.model import explain

STANDARD_INPUT: Final = "-"


def read_input(source: str | None) -> str:
    """Return the JSON of an execution's input.

    Parameters
    ----------
    source
        A file, or ``-`` for standard input; None for ``{}``, the default case.

    Raises
    ------
    CliError
        If it cannot be read, is not JSON, or is refused: then with the key,
        the value and what is allowed.
    """
    if source is None:
        return "{}"
    name = "standard input" if source == STANDARD_INPUT else source
    value = _parse(_read(source), name)
    try:
        ExecutionInput.model_validate(value)
    except ValidationError as error:
        faults = explain(error, ExecutionInput)
        raise CliError(f"{name} is refused:\n{faults}", status=REFUSED) from error
    return json.dumps(value)


def _read(source: str) -> str:
    if source == STANDARD_INPUT:
        return sys.stdin.read()
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read --input {source}: {error}", status=REFUSED) from error


def _parse(text: str, name: str) -> Any:  # noqa: ANN401 - any JSON at all
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise CliError(f"{name} is not JSON: {error}", status=REFUSED) from error


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON value")
