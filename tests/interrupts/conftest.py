"""The runs of one signal are one chain: each starts where the one before it was interrupted."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one signal on one worker, in the order in which they stand."""
    for item in items:
        if isinstance(item, pytest.Function) and "number" in item.callspec.params:
            item.add_marker(pytest.mark.xdist_group(str(item.callspec.params["number"])))
