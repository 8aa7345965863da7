"""Load on an endpoint: signed requests over kept connections, each answer checked."""

import json
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.e2e.pipeline.clients import Clients


class Load:
    """Sends the same bodies to an endpoint, over and over, each on a connection of its own.

    Attributes
    ----------
    failures
        Answers that were not 200, and errors of the connection.
    answers
        How often each text was answered, by the index of the body.
    """

    def __init__(self, clients: Clients, endpoint: str, bodies: list[bytes]) -> None:
        url = clients.runtime.meta.endpoint_url
        credentials = clients.session.get_credentials()
        assert credentials is not None
        self._url = f"{url}/endpoints/{endpoint}/invocations"
        self._signer = SigV4Auth(credentials, "sagemaker", clients.session.region_name)
        self._bodies = bodies
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(index,), daemon=True)
            for index in range(len(bodies))
        ]
        self._lock = threading.Lock()
        self.failures: list[str] = []
        self.answers: dict[int, Counter[str]] = {index: Counter() for index in range(len(bodies))}
        self.seconds = 0.0

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self._started

    @property
    def rate(self) -> float:
        """Answers a second, over all connections."""
        return sum(counts.total() for counts in self.answers.values()) / self.seconds

    def _send(self, index: int) -> None:
        body = self._bodies[index]
        request = AWSRequest("POST", self._url, {"Content-Type": "text/csv"}, body)
        self._signer.add_auth(request)
        headers = dict(request.headers.items())
        with urllib3.PoolManager(retries=False, maxsize=1) as pool:
            while not self._stop.is_set():
                try:
                    answer = pool.request("POST", self._url, body=body, headers=headers)
                except urllib3.exceptions.HTTPError as error:
                    self._fail(repr(error))
                    continue
                if answer.status != 200:
                    self._fail(f"{answer.status}: {answer.data[:500]!r}")
                    continue
                self.answers[index][_scores(answer.data)] += 1

    def _fail(self, reason: str) -> None:
        with self._lock:
            self.failures.append(reason)


def _scores(answer: bytes) -> str:
    return str([prediction["score"] for prediction in json.loads(answer)["predictions"][:3]])
