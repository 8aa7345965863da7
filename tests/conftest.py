"""What all tests have in common: patience, and which of them share a worker."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long a loaded machine takes for an example says nothing of the example.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

_END_TO_END = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one folder of tests/e2e together, in the order in which they stand."""
    for item in items:
        if _END_TO_END in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
