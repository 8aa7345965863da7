"""Doing the next work while the last one's result is used."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import Final, TypeVar

T = TypeVar("T")

_PATIENCE: Final = 0.1
"""Seconds after which the thread looks whether anybody still waits for it."""


class _End:
    """The last thing that the thread tells: the error that ended it, if one did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterator[T], depth: int) -> Generator[T]:
    """Run an iterator in a thread of its own.

    Parameters
    ----------
    items
        Is left to the thread alone.
    depth
        How many items may wait to be used, beside the one that is being made.

    Raises
    ------
    BaseException
        What the iterator raised, when its turn has come.
    """
    made: queue.Queue[T | _End] = queue.Queue(depth)
    unwanted = threading.Event()
    # A daemon: one that waits for a FIFO's writer must not keep a job that has failed from ending.
    threading.Thread(target=_run, args=(items, made, unwanted), name="ahead", daemon=True).start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()


def _run(items: Iterator[T], made: "queue.Queue[T | _End]", unwanted: threading.Event) -> None:
    end = _End(None)
    try:
        for item in items:
            _put(item, made, unwanted)
            if unwanted.is_set():
                return
    except BaseException as error:  # noqa: BLE001 - it is raised where the items are used
        end = _End(error)
    _put(end, made, unwanted)


def _put(item: T, made: "queue.Queue[T]", unwanted: threading.Event) -> None:
    while not unwanted.is_set():
        try:
            made.put(item, timeout=_PATIENCE)
        except queue.Full:
            continue
        return
