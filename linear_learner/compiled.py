"""Functions that numba compiles: loops over numbers that numpy has no word for.

The machine code is kept beside the source (``__pycache__``), or in the user's
cache folder where that is not writable; where nothing is, it is made anew in
every process. With a signature a function is compiled when its module is
imported, so importing is all that a set-up has to do for the first job to find
everything compiled: ``python -m linear_learner.compile_all``.
"""

from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

NEW: Final[list[str]] = []
"""What this process has had to compile, since it was not in the cache."""


def compiled(
    *signatures: object, **options: bool | str
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile a function for the given types; it runs without the interpreter's lock.

    Parameters
    ----------
    signatures
        In numba's words, e.g. ``"float64(float32[::1], int64)"``, or made of
        `numba.types`. None: at the first call, for the types of its arguments.
    **options
        Others of `numba.njit`.
    """
    # numba has no types.
    of_numba = cast("Any", njit)
    types = list(signatures) or None

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        try:
            made = of_numba(types, nogil=True, cache=True, **options)(function)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
            made = of_numba(types, nogil=True, **options)(function)
        if made.signatures and not made.stats.cache_hits:
            NEW.append(function.__qualname__)
        return made

    return decorate
