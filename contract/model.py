"""The base of the contract's types, and how a refusal reads."""

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

MOST_FAULTS: Final = 10
"""How many faults are told one by one: nobody reads more, and an error has little room."""

_LONGEST_VALUE: Final = 200
_LONGEST_FAULT: Final = 1_500


class ContractModel(BaseModel):
    """A value that crosses from one part to another: immutable, strict, without unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def nearest(name: str, known: Sequence[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known name nearest to one that is not, or nothing."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Say what a value is refused for, a line a fault: key, value, what is allowed.

    Parameters
    ----------
    error
        What pydantic raised.
    model
        The type that was expected at the top: an unknown key is answered with
        the keys that its section has.

    Returns
    -------
    str
        Short enough for the cause of a failed execution, whatever was given:
        after `MOST_FAULTS` lines, one that says how many more there are.
    """
    faults = error.errors(include_url=False)
    told = [
        _shorten(_explain_fault(fault, model), _LONGEST_FAULT)
        for fault in islice(faults, MOST_FAULTS)
    ]
    more = len(faults) - len(told)
    return "\n".join([*told, f"and {more} more"] if more else told)


def _explain_fault(fault: ErrorDetails, model: type[BaseModel]) -> str:
    location = fault["loc"]
    key = ".".join(str(part) for part in location) or "input"
    if fault["type"] == "extra_forbidden":
        fields = _section(model, location[:-1]).model_fields
        known = [field.alias or name for name, field in fields.items()]
        hint = nearest(str(location[-1]), known)
        return f"{key}: unknown key; allowed are {', '.join(known)}{hint}"
    value = _shorten(repr(fault["input"]), _LONGEST_VALUE)
    return f"{key}: {value}: {fault['msg'].removeprefix('Value error, ')}"


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}..."


def _section(model: type[BaseModel], location: Sequence[str | int]) -> type[BaseModel]:
    """Follow a location down to the model of the section that it names."""
    for part in location:
        annotation = model.model_fields[str(part)].annotation
        candidates = (annotation, *getattr(annotation, "__args__", ()))
        model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return model
