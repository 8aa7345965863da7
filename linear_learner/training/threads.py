"""Threads: as many as there are processors, for work that does not need the interpreter."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import threadpoolctl

from linear_learner.processors import processors

Item = TypeVar("Item")


def for_each(items: Sequence[Item], work: Callable[[Item], None]) -> None:
    """Do work for every item, in any order and in several threads.

    BLAS has one thread meanwhile: the sums of a product would depend on how
    many share it.
    """
    threads = min(processors(), len(items))
    with _blas().limit(limits=1):
        if threads <= 1:
            for item in items:
                work(item)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, items))


@cache
def _blas() -> Any:  # noqa: ANN401 - threadpoolctl has no types
    """Find the loaded BLAS libraries, which takes a millisecond."""
    controller: Any = threadpoolctl.ThreadpoolController()
    return controller.select(user_api="blas")
