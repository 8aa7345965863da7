"""What is allowed for a hyperparameter, and what its string stands for; standard library only."""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["integer", "real", "boolean", "choice"]
Value = float | int | bool | str | None


class HyperparameterError(ValueError):
    """A hyperparameter that is unknown or impossible, or that does not go with another.

    The text names the hyperparameter, its value and what is allowed.
    """


@dataclass(frozen=True, slots=True)
class Range:
    """The ends of a number's range; None where there is no end."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        ends = {">": self.above, ">=": self.at_least, "<": self.below, "<=": self.at_most}
        return " and ".join(f"{sign} {end:,}" for sign, end in ends.items() if end is not None)

    def __contains__(self, number: float) -> bool:
        return (
            -math.inf < number < math.inf
            and (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.below is None or number < self.below)
            and (self.at_most is None or number <= self.at_most)
        )


LONGEST_TEXT: Final = 2_500
"""Characters that SageMaker's API admits in the value of a hyperparameter."""

LONGEST_SHOWN: Final = 100
"""Characters of a value that an error shows."""

ANY: Final = Range()
POSITIVE: Final = Range(above=0)
COUNT: Final = Range(above=0, at_most=2**31 - 1)
NOT_NEGATIVE: Final = Range(at_least=0)
FRACTION: Final = Range(above=0, below=1)
DECAY: Final = Range(at_least=0, below=1)

_NUMERALS: Final = frozenset("0123456789+-.eE")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed for one hyperparameter.

    Attributes
    ----------
    kind
        What its strings stand for.
    summary
        One line for the docs.
    range
        The range of a number.
    words
        The choices of a ``choice``; for a number or a boolean, what may stand
        instead of one.
    required
        Whether a job has to give it.
    only_with
        Where it is read: by name of another hyperparameter, the values that
        one of them has to have.
    """

    kind: Kind
    summary: str
    range: Range = ANY
    words: tuple[str, ...] = ()
    required: bool = False
    only_with: Mapping[str, tuple[Value, ...]] = field(default_factory=dict[str, tuple[Value, ...]])

    @property
    def allowed(self) -> str:
        """What is allowed, in words: ``auto or a number > 0``."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.words)
        if self.kind == "boolean":
            return " or ".join((*self.words, "true", "false"))
        noun = "an integer" if self.kind == "integer" else "a number"
        return " or ".join((*self.words, f"{noun} {self.range}".rstrip()))

    def parse(self, name: str, text: str) -> Value:
        """Return what a string stands for: a word, or a value of the rule's kind.

        Raises
        ------
        HyperparameterError
            If the string is not allowed.
        """
        if len(text) > LONGEST_TEXT:
            raise HyperparameterError(
                f"{name}: {len(text):,} characters: expected at most {LONGEST_TEXT:,}"
            )
        try:
            value = self._value(text)
        except ValueError:
            raise HyperparameterError(
                f"{name}: {quoted(text)} is not allowed: expected {self.allowed}"
            ) from None
        if isinstance(value, float):
            self._check_in_float32(name, text, value)
        return value

    def _check_in_float32(self, name: str, text: str, number: float) -> None:
        # Models are made of float32: a momentum that is 1 there is none.
        narrow = _in_float32(number)
        reason = None
        if math.isinf(narrow) or (narrow == 0 and number != 0):
            reason = "neither larger nor smaller than float32 has them"
        elif narrow not in self.range:
            reason = f"in float32 too, which has {narrow:g} there"
        if reason:
            raise HyperparameterError(
                f"{name}: {quoted(text)} is not allowed: expected {self.allowed}, {reason}"
            )

    def _value(self, text: str) -> Value:
        if text in self.words:
            return text
        if self.kind == "choice":
            raise ValueError(text)
        if self.kind == "boolean":
            return _boolean(text)
        number = int(text) if self.kind == "integer" else float(text)
        # Digit grouping (1_000), blanks and other scripts' digits are Python's alone.
        if number not in self.range or not set(text) <= _NUMERALS:
            raise ValueError(text)
        return number


def _in_float32(number: float) -> float:
    """Return the float32 that is nearest to a number; infinity where that is too large."""
    try:
        (narrow,) = struct.unpack("<f", struct.pack("<f", number))
    except OverflowError:
        return math.copysign(math.inf, number)
    return narrow


def _boolean(text: str) -> bool:
    # The SageMaker SDK sends Python's spelling, True and False.
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def spelled(value: Value) -> str:
    """Return a value as a hyperparameter's string has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def quoted(text: str) -> str:
    """Return a hyperparameter's string in quotes, as an error shows it."""
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
    return repr(shown)


def rule(
    kind: Kind,
    summary: str,
    allowed_range: Range = ANY,
    *,
    words: tuple[str, ...] = (),
    required: bool = False,
    only_with: Mapping[str, tuple[Value, ...]] | None = None,
) -> Mapping[str, Rule]:
    """Return a rule as the metadata of a dataclass field; `rule_of` reads it back."""
    return {"rule": Rule(kind, summary, allowed_range, words, required, only_with or {})}


def rule_of(metadata: Mapping[str, Rule]) -> Rule:
    """Return the rule in the metadata of a dataclass field."""
    return metadata["rule"]
