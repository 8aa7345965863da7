"""Functions that numba compiles: loops over numbers that numpy has no word for.

A function is compiled when it is first called. The machine code is kept beside
the source (``__pycache__``), or in the user's cache folder where that is not
writable; where nothing is, it is made anew in every process. A set-up does it
for all functions at once: ``python -m linear_learner.compile_all``.
"""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, Generic, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

LEAN: Final[dict[str, Any]] = {"error_model": "numpy", "_nrt": False}
"""numba's options for functions that allocate nothing, so that no array is counted on every call,
and that divide by zero as numpy does."""

_NOT_KEPT: Final = "no folder to keep it in is writable"

_LOGGER: Final = logging.getLogger("linear_learner")


class Compiled(Generic[P, R]):
    """A function for Python to call; it runs without the interpreter's lock."""

    def __init__(self, function: Callable[P, R], signatures: list[object], options: Any) -> None:  # noqa: ANN401 - numba has no types
        self._function = function
        self._signatures = signatures
        self._options = options
        self._made: Callable[P, R] | None = None
        self._lock = Lock()
        ALL.append(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call it."""
        return (self._made or self.compile())(*args, **kwargs)

    def compile(self) -> Callable[P, R]:
        """Compile it, or find it compiled."""
        with self._lock:
            known = self._made
            if known is not None:
                return known
            made = _jit(self._function, self._signatures, self._options)
            if not made.stats.cache_hits:
                kept = "it is kept" if made.stats.cache_path else _NOT_KEPT
                _LOGGER.info("Compiled %s; %s.", self._function.__qualname__, kept)
            self._made = made
            return made


ALL: Final[list[Compiled[..., Any]]] = []
"""What the modules that are imported so far have compiled."""


def compiled(
    *signatures: object, **options: bool | str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function for the given types.

    Parameters
    ----------
    signatures
        In numba's words, e.g. ``"float64(float32[::1], int64)"``, or made of
        `numba.types`. None: for other compiled functions to call, for the
        types of their arguments.
    **options
        Others of `numba.njit`.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if signatures:
            return Compiled(function, list(signatures), options)
        return _jit(function, None, options)

    return decorate


def _jit(function: Any, signatures: list[object] | None, options: Any) -> Any:  # noqa: ANN401 - see above
    of_numba = cast("Any", njit)
    try:
        return of_numba(signatures, nogil=True, cache=True, **options)(function)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        return of_numba(signatures, nogil=True, **options)(function)
