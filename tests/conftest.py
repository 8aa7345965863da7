"""Which tests share a worker: those of one deployed stack, and those of one embedded AWS."""

from pathlib import Path

import pytest

_END_TO_END = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one folder of tests/e2e together, in the order in which they stand."""
    for item in items:
        if _END_TO_END in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
