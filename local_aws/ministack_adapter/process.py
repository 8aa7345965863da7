"""The life of the process: serve, say that it is ready, and leave nothing behind.

AWS has no process; ministack's ``main`` also takes port 443 where it can, and
leaves its workers and its temporary files to whoever comes next.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from typing import NoReturn

import boto3
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack.core import lambda_runtime

from local_aws import sample_dataset
from local_aws.environment import endpoint_url
from local_aws.ministack_adapter import sagemaker_api
from local_aws.ministack_adapter.corrections import install
from local_aws.ministack_adapter.gateway import application
from local_aws.server import READY

_ANSWER_SECONDS = 1.0
_SAGEMAKER_SECONDS = 5.0
_GROUP_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 1.0
"""How long requests in flight are waited for: a handler that blocks must not hold us up."""


def serve(port: int, socket: int, lifeline: int | None) -> NoReturn:
    """Serve on a listening socket until SIGINT, SIGTERM, SIGHUP or the lifeline's end."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    if lifeline is not None:
        threading.Thread(target=_follow, args=(lifeline, stop), daemon=True).start()
    install(port)
    server = _Server(socket)
    server.start()
    if _answers(port, server, stop):
        _put_sample_dataset(port)
        print(f"embedded AWS {READY} at {endpoint_url(port)}", flush=True)
        stop.wait()
    _stop_sagemaker()
    server.stop()
    lambda_runtime.reset()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    # Threads of ministack may still run or wait; none of them has anything to save.
    os._exit(0 if stop.is_set() else 1)


class _Server(threading.Thread):
    """ministack's application on an event loop of its own, so that signals reach the main one."""

    def __init__(self, socket: int) -> None:
        super().__init__(name="gateway", daemon=True)
        self._config = Config()
        self._config.bind = [f"fd://{socket}"]
        self._config.certfile = os.environ["MINISTACK_SSL_CERT"]
        self._config.keyfile = os.environ["MINISTACK_SSL_KEY"]
        self._config.errorlog = None
        self._config.keep_alive_timeout = 75
        self._config.graceful_timeout = _STOP_SECONDS / 2
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()

    def run(self) -> None:
        """Serve until `stop`; connections that clients keep open are cancelled then."""
        serving = hypercorn_serve(application, self._config, shutdown_trigger=self._stopping.wait)
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(serving)

    def stop(self) -> None:
        """Stop accepting requests, and wait a moment for those in flight."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self.join(_STOP_SECONDS)


def _answers(port: int, server: _Server, stop: threading.Event) -> bool:
    """Wait until a request is answered; not if the server ends, or shall end, before."""
    while server.is_alive() and not stop.is_set():
        try:
            with urllib.request.urlopen(  # noqa: S310 - https
                f"{endpoint_url(port)}/_ministack/health", timeout=_ANSWER_SECONDS
            ):
                return True
        except TimeoutError:
            continue
    return False


def _stop_sagemaker() -> None:
    """End its jobs and endpoints while their logs can still be written, but never wait for long."""
    stopping = threading.Thread(target=sagemaker_api.service().stop, daemon=True)
    stopping.start()
    stopping.join(_SAGEMAKER_SECONDS)


def _put_sample_dataset(port: int) -> None:
    if sample_dataset.is_available():
        sample_dataset.put_sample_dataset(boto3.Session(), endpoint_url(port))
    else:
        print("no sample dataset: 'make setup' installs the files of MNIST", file=sys.stderr)


def _follow(lifeline: int, stop: threading.Event) -> None:
    """Read the lifeline to its end, then stop the process group it named, and this process."""
    with os.fdopen(lifeline) as pipe:
        group = pipe.readline().strip()
        pipe.read()
    if group:
        _stop_group(int(group))
    stop.set()


def _stop_group(group: int) -> None:
    """End a process group: by itself within the grace, or else by force."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + _GROUP_SECONDS
        while time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)
