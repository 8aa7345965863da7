"""The application: ``/ping`` and ``/invocations``, whatever the clients do.

RSGI, granian's own interface: bodies are awaited, so clients that send slowly
hold no thread. What may take long is computed beside the loop, so that a ping
is answered meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Final, Protocol

from granian.rsgi import ProtocolClosed, Scope  # pyright: ignore[reportPrivateImportUsage]

from linear_learner.serving.endpoint import TEXT, Answer, Endpoint, refusal
from linear_learner.serving.errors import (
    BusyError,
    PayloadError,
    PayloadSizeError,
    PayloadTimeError,
    RequestError,
)

MAXIMUM_BODY: Final = 6 * 1024 * 1024
"""SageMaker's limit for a request to an endpoint, in bytes."""
BODY_SECONDS: Final = 60
"""SageMaker's limit for an invocation: nobody waits longer for the answer."""
MOST_BUFFERED: Final = 64 * MAXIMUM_BODY
"""Bytes of bodies that arrive piece by piece or wait for their turn, in one worker."""

_SMALL_BODY: Final = 1 << 19
"""Bytes that are received at once, not piece by piece."""
_MOST_DISCARDED: Final = 100 * 1024 * 1024
_METHODS: Final = {"/ping": "GET", "/invocations": "POST"}


class Transport(Protocol):
    """What granian gives to receive a body by, whole or in pieces, and to answer."""

    def __call__(self) -> Awaitable[bytes]:
        """Receive the whole body."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Receive the body as it arrives."""
        ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes, /) -> object:
        """Send the answer."""
        ...


class Application:
    """Answers requests over HTTP.

    Parameters
    ----------
    endpoint
        What answers invocations.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._buffered = 0
        # One: what takes long is computed one after the other, and takes memory once.
        self._beside = ThreadPoolExecutor(1)

    async def __call__(self, scope: Scope, protocol: Transport) -> None:
        """Answer one request."""
        answer, headers = await self._route(scope, protocol)
        headers += [
            ("content-type", answer.content_type),
            ("content-length", str(len(answer.body))),
        ]
        protocol.response_bytes(answer.status, headers, answer.body)

    async def _route(
        self, scope: Scope, protocol: Transport
    ) -> tuple[Answer, list[tuple[str, str]]]:
        allowed = _METHODS.get(scope.path)
        if allowed is None:
            return Answer(HTTPStatus.NOT_FOUND, TEXT, scope.path.encode()), []
        if scope.method != allowed:
            text = f"{scope.method} {scope.path}: expected {allowed}"
            answer = Answer(HTTPStatus.METHOD_NOT_ALLOWED, TEXT, text.encode())
            return answer, [("allow", allowed)]
        if scope.path == "/ping":
            return Answer(HTTPStatus.OK, TEXT, b""), []
        return await self._invoke(scope, protocol), []

    async def _invoke(self, scope: Scope, protocol: Transport) -> Answer:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await self._receive(scope, protocol)
        except TimeoutError:
            return refusal(PayloadTimeError(f"the payload took over {BODY_SECONDS} seconds"))
        except RequestError as error:
            return refusal(error)
        content_type = scope.headers.get("content-type", "")
        accept = scope.headers.get("accept", "")
        if self._endpoint.is_quick(len(body)):
            return self._endpoint.answer(body, content_type, accept)
        self._buffered += len(body)
        try:
            error = self._fault(len(body))
            if error is not None:
                return refusal(error)
            return await asyncio.get_running_loop().run_in_executor(
                self._beside, self._endpoint.answer, body, content_type, accept
            )
        finally:
            self._buffered -= len(body)

    async def _receive(self, scope: Scope, protocol: Transport) -> bytes:
        length = scope.headers.get("content-length")
        small = length is not None and int(length) <= _SMALL_BODY
        try:
            body = await (protocol() if small else self._receive_large(protocol))
        except ProtocolClosed:
            body = b""
        if length is not None and len(body) != int(length):
            raise PayloadError("it ends before its Content-Length")
        return body

    async def _receive_large(self, protocol: Transport) -> bytes:
        """Receive piece by piece, as long as there is memory.

        The rest of a body that is refused is received too, and thrown away: a
        client that is still sending would not see the answer otherwise.
        """
        body = bytearray()
        size = 0
        error: RequestError | None = None
        try:
            async for piece in protocol:
                size += len(piece)
                if error is None:
                    body += piece
                    self._buffered += len(piece)
                    error = self._fault(len(body))
                elif body:
                    self._buffered -= len(body)
                    body.clear()
                if size > _MOST_DISCARDED:
                    break
        finally:
            self._buffered -= len(body)
        if error is not None:
            raise error
        return bytes(body)

    def _fault(self, size: int) -> RequestError | None:
        if size > MAXIMUM_BODY:
            return PayloadSizeError(
                f"the payload is over {MAXIMUM_BODY} bytes: send fewer records at once"
            )
        if self._buffered > MOST_BUFFERED:
            return BusyError("too many payloads at once: try again")
        return None
