"""Working ahead in a thread: order, errors and an early end."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from linear_learner.data.ahead import ahead


def until(condition: Callable[[], bool]) -> bool:
    """Wait a little for a condition."""
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_items_come_in_their_order() -> None:
    assert list(ahead(iter(range(1000)), 3)) == list(range(1000))


def test_an_error_comes_in_its_turn() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the second is bad")

    made = ahead(items(), 2)
    assert next(made) == 1
    with pytest.raises(ValueError, match="the second is bad"):
        next(made)


def test_it_works_ahead_but_not_further_than_said() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    results = ahead(items(), 2)
    assert next(results) == 0
    assert until(lambda: len(made) == 4), "two that wait, and one that is made"
    time.sleep(0.3)
    assert len(made) == 4
    results.close()


def test_the_thread_ends_when_nobody_wants_more() -> None:
    before = threading.active_count()
    results = ahead(iter(range(100)), 1)
    next(results)
    results.close()
    assert until(lambda: threading.active_count() == before)
