from collections.abc import Iterator

import pytest

from tests.unit.lambdas.stubs import Clients, scripted_clients


@pytest.fixture
def aws() -> Iterator[Clients]:
    with scripted_clients() as clients:
        yield clients
