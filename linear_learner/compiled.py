"""Functions that numba compiles: loops over numbers that numpy has no word for.

The machine code is kept beside the source (``__pycache__``), or in the user's
cache folder where that is not writable. With a signature a function is
compiled when its module is imported, so importing is all that a set-up has to
do for the first job to find everything compiled.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


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
    return cast("Any", njit)(list(signatures) or None, nogil=True, cache=True, **options)
