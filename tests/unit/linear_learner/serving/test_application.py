"""The application by itself: what it does while bodies arrive."""

import asyncio
import threading
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from linear_learner.serving import application
from linear_learner.serving.application import Application
from linear_learner.serving.endpoint import Answer, Endpoint
from tests.unit.linear_learner.serving.models import BINARY


class Client:
    """Sends pieces of a body, the next one when it is told to, and keeps the answer."""

    def __init__(self, *pieces: bytes, length: int | None = None) -> None:
        self.pieces = pieces
        self.go_on = asyncio.Event()
        headers = {"content-type": "text/csv"}
        if length is not None:
            headers["content-length"] = str(length)
        self.scope: Any = SimpleNamespace(method="POST", path="/invocations", headers=headers)
        self.status = 0
        self.text = b""

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        await self.go_on.wait()

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes, /) -> None:
        assert dict(headers)["content-length"] == str(len(body))
        self.status, self.text = status, body


@pytest.mark.parametrize("length", [100, 6_000_000])
def test_a_body_that_takes_too_long_is_given_up(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "BODY_SECONDS", 0.05)

    async def scenario() -> Client:
        client = Client(b"1,2,3", length=length)
        await Application(Endpoint(BINARY))(client.scope, client)
        return client

    client = asyncio.run(scenario())
    assert client.status == 408
    assert client.text == b"the payload took over 0.05 seconds"


def test_large_bodies_that_arrive_take_no_more_than_some_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(application, "MOST_BUFFERED", 1_000_000)

    async def scenario() -> tuple[list[int], int]:
        app = Application(Endpoint(BINARY))
        clients = [Client(bytes(400_000)) for _ in range(4)]
        tasks = [asyncio.create_task(app(client.scope, client)) for client in clients]
        await asyncio.sleep(0.01)
        for client in clients:
            client.go_on.set()
        await asyncio.gather(*tasks)
        late = Client(b"1,2,3,4,5,6\n", b"6,5,4,3,2,1")
        late.go_on.set()
        await app(late.scope, late)
        return [client.status for client in clients], late.status

    statuses, afterwards = asyncio.run(scenario())
    assert statuses == [400, 400, 503, 503]
    assert afterwards == 200


class Slow(Endpoint):
    """Computes an answer when it is told to."""

    go_on = threading.Event()

    def is_quick(self, size: int) -> bool:  # noqa: ARG002 - whatever its size
        return False

    def answer(self, body: bytes, content_type: str, accept: str) -> Answer:
        self.go_on.wait(10)
        return super().answer(body, content_type, accept)


def test_bodies_that_wait_for_their_turn_take_no_more_than_some_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(application, "MOST_BUFFERED", 1_000_000)

    async def scenario() -> list[int]:
        endpoint = Slow(BINARY)
        app = Application(endpoint)
        clients = [Client(bytes(400_000), length=400_000) for _ in range(4)]
        for client in clients:
            client.go_on.set()
        tasks = [asyncio.create_task(app(client.scope, client)) for client in clients]
        await asyncio.sleep(0.05)
        endpoint.go_on.set()
        await asyncio.gather(*tasks)
        return [client.status for client in clients]

    assert asyncio.run(scenario()) == [400, 400, 503, 503]
