"""The start of ``train``: numba without what no kernel of the learner uses."""

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, cast

UNUSED: Final = ("cffi", "scipy")
"""What numba imports if it is there: for calls of C, and for products of its own. It takes a third
of numba's own time."""


def load_kernels() -> None:
    """Import numba and some kernels of training.

    numba looks for what it uses when it loads the first function.
    """
    with _without(UNUSED), _without_collections():
        import_module("linear_learner.training.kernels.products").forward.compile()


@contextmanager
def _without(names: tuple[str, ...]) -> Generator[None]:
    """Let modules seem not to be installed, but for those that are loaded already."""
    loaded = cast("dict[str, Any]", sys.modules)
    hidden = [name for name in names if name not in loaded]
    for name in hidden:
        loaded[name] = None
    try:
        yield
    finally:
        for name in hidden:
            del loaded[name]


@contextmanager
def _without_collections() -> Generator[None]:
    """Collect no garbage: importing makes many objects, and hardly any of them is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
