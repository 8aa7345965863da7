"""Replace names of ministack, and refuse to when they are not what they were."""

from collections.abc import Callable
from functools import partial, wraps
from importlib.metadata import version
from inspect import signature
from types import ModuleType
from typing import Any, Final

PINNED: Final = "1.5.33"
"""The version whose private names this package knows."""


def check_version() -> None:
    """Refuse any other version of ministack.

    Raises
    ------
    RuntimeError
        If it is another.
    """
    installed = version("ministack")
    if installed != PINNED:
        raise RuntimeError(
            f"ministack {installed} is installed, but the corrections are written for {PINNED}: "
            "install the locked requirements"
        )


def replace(module: ModuleType, name: str, replacement: Callable[..., Any]) -> None:
    """Replace a function of ministack, which looks it up at every call.

    The replacement gets the original first and then the original's
    parameters, by the same names: an upgrade that renames, moves or changes
    the original is told at the start, not by a correction that no longer acts.

    Raises
    ------
    RuntimeError
        If there is no such function, or it has other parameters.
    """
    original = getattr(module, name, None)
    if not callable(original):
        raise RuntimeError(f"{module.__name__} has no function {name}")  # noqa: TRY004
    parameters = list(signature(original).parameters)
    if list(signature(replacement).parameters)[1:] != parameters:
        raise RuntimeError(f"{module.__name__}.{name} now takes {', '.join(parameters)}")
    setattr(module, name, wraps(original)(partial(replacement, original)))
