"""A serving container: started until healthy, restarted when it dies, retired when drained."""

import http
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from threading import Condition, Event, Thread
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from local_aws.sagemaker.container import Container

INVOCATION_SECONDS: Final = 60.0
"""How long a container may take to answer."""

_HOST: Final = "127.0.0.1"
_CONNECTIONS: Final = 64
_PING_TIMEOUT: Final = urllib3.Timeout(2.0)
_PING_INTERVAL: Final = 0.03
_SUPERVISION_INTERVAL: Final = 0.25
_RESTART_SECONDS: Final = 0.5


class Server:
    """Serves one model until it is retired.

    Parameters
    ----------
    start
        Starts the container that listens on the port.
    port
        Where it listens.
    resources
        What the container uses. The server takes them over, and closes them at the end.
    """

    def __init__(self, start: Callable[[], Container], port: int, resources: ExitStack) -> None:
        self._start = start
        self._idle = Condition()
        self._holders = 0
        self._retired = Event()
        self._pool = urllib3.HTTPConnectionPool(
            _HOST, port, maxsize=_CONNECTIONS, retries=False, timeout=INVOCATION_SECONDS
        )
        self._container = start()
        self._resources = resources.pop_all()
        self._supervisor = Thread(target=self._supervise, daemon=True, name=f"server {port}")

    def become_healthy(self, seconds: float, cancelled: Event) -> bool:
        """Wait until the container answers its ping; False if it ends first, or takes too long."""
        deadline = time.monotonic() + seconds
        while (
            time.monotonic() < deadline and self._container.running and not self._retired.is_set()
        ):
            if self._ping():
                self._supervisor.start()
                return True
            if cancelled.wait(_PING_INTERVAL):
                break
        return False

    def hold(self) -> None:
        """Keep the server from being retired until `release`."""
        with self._idle:
            self._holders += 1

    def release(self) -> None:
        """Let go of a server that was held."""
        with self._idle:
            self._holders -= 1
            self._idle.notify_all()

    def invoke(self, body: bytes, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """Send an invocation to the container.

        Raises
        ------
        urllib3.exceptions.HTTPError
            If the container cannot be reached, or takes too long.
        """
        try:
            return self._send(body, headers)
        except ProtocolError:
            # A kept connection that the container closed meanwhile. To score
            # records twice does no harm.
            return self._send(body, headers)

    def retire(self, drain_seconds: float = INVOCATION_SECONDS) -> None:
        """End the container when nobody holds the server any more."""
        with self._idle:
            self._idle.wait_for(lambda: self._holders == 0, drain_seconds)
        self._retired.set()
        self._container.stop()
        if self._supervisor.is_alive():
            self._supervisor.join()
        self._pool.close()
        self._resources.close()

    def _send(self, body: bytes, headers: Mapping[str, str]) -> BaseHTTPResponse:
        return self._pool.urlopen("POST", "/invocations", body=body, headers=headers)

    def _ping(self) -> bool:
        try:
            answer = self._pool.urlopen("GET", "/ping", timeout=_PING_TIMEOUT)
        except HTTPError:
            return False
        return answer.status == http.HTTPStatus.OK

    def _supervise(self) -> None:
        """Start the container again when it ends by itself, as SageMaker does."""
        while not self._retired.is_set():
            if self._container.wait(_SUPERVISION_INTERVAL) is None:
                continue
            if not self._retired.wait(_RESTART_SECONDS):
                self._container = self._start()
        self._container.stop()
