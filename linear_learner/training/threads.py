"""Threads: as many as there are processors, for work that does not need the interpreter."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def for_each(items: Sequence[Item], work: Callable[[Item], None]) -> None:
    """Do work for every item, in any order and in several threads.

    BLAS has one thread meanwhile: the sums of a product would depend on how
    many share it.
    """
    threads = min(processors(), len(items))
    with threadpool_limits(1, "blas"):
        if threads == 1:
            for item in items:
                work(item)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, items))
