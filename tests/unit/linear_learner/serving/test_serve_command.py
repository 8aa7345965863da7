"""``serve`` as a container runs it: formats, refusals, load, and its end."""

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from data_prep.recordio import write_dense
from linear_learner import artifact
from linear_learner.model import LinearModel
from tests.unit.linear_learner.samples import PROJECT
from tests.unit.linear_learner.serving.models import BINARY, MODELS, RECORDS


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def request(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, str, bytes]:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        answer = response.status, response.headers["Content-Type"], response.read()
        connection.close()
        return answer

    def stalled(self, sent: bytes, length: int) -> socket.socket:
        """Begin to send a body, and leave it at that."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        head = f"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
        client.sendall(head.encode() + sent)
        return client

    def invoke(
        self, body: bytes, content_type: str = "text/csv", **headers: str
    ) -> tuple[int, str, bytes]:
        return self.request("POST", "/invocations", body, Content_Type=content_type, **headers)

    def page_faults(self) -> list[int]:
        """Return each worker's, so far."""
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in self.workers()]
        return [int(stat.rpartition(")")[2].split()[7]) for stat in stats]

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], what: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} not within {seconds} s"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def environment(base: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "SAGEMAKER_BASE_DIR": str(base),
        "SAGEMAKER_BIND_TO_PORT": str(port),
    }


COMMAND = [sys.executable, "-m", "linear_learner", "serve"]


@contextmanager
def serving(model: LinearModel, base: Path) -> Generator[Server]:
    (base / "model").mkdir()
    artifact.save(model, base / "model")
    port = free_port()
    log = base / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            COMMAND, cwd=PROJECT, env=environment(base, port), stdout=file, stderr=file
        )
    running = Server(process, port, log)

    def answers() -> bool:
        assert process.poll() is None, "the server ended"
        try:
            return running.request("GET", "/ping")[0] == 200
        except ConnectionError:
            return False

    try:
        until(answers, "the first ping")
        yield running
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(BINARY, tmp_path) as running:
        yield running


def csv(rows: np.ndarray) -> bytes:
    return "\n".join(",".join(repr(float(value)) for value in row) for row in rows).encode()


def recordio(rows: np.ndarray) -> bytes:
    sink = io.BytesIO()
    write_dense(sink, rows)
    return sink.getvalue()


@pytest.mark.parametrize("name", MODELS)
def test_all_formats_are_answered_with_the_scores_of_the_model(name: str, tmp_path: Path) -> None:
    model, rows = MODELS[name], RECORDS[:20]
    scores = model.scores(rows)
    labels = model.labels(scores)
    instances = {"instances": [{"features": row.tolist()} for row in rows]}
    bodies = {
        "text/csv": csv(rows),
        "application/json": json.dumps(instances).encode(),
        "application/x-recordio-protobuf": recordio(rows),
    }
    with serving(model, tmp_path) as server:
        for content_type, body in bodies.items():
            status, answer_type, answer = server.invoke(body, content_type)
            assert (status, answer_type) == (200, "application/json"), content_type
            predictions = json.loads(answer)["predictions"]
            assert np.array([p["score"] for p in predictions]) == pytest.approx(scores, abs=1e-6)
            found = [p.get("predicted_label") for p in predictions]
            assert found == ([None] * 20 if labels is None else labels.tolist())


@pytest.mark.parametrize(
    ("body", "headers", "status", "reason"),
    [
        (b"1,2", {}, 400, "unable to evaluate payload provided: record 0 has 2 features: expec"),
        (b"1,2,3,4,5,x", {}, 400, "record 0, column 5: 'x' is not a number"),
        (b"", {}, 400, "it is empty"),
        (b"1,2,3,4,5,6", {"content_type": "image/png"}, 415, "content type 'image/png'"),
        (b"1,2,3,4,5,6", {"Accept": "text/html"}, 406, "Accept 'text/html'"),
        (b"1,2,3,4,5,6\n" * 600_000, {}, 413, "the payload is over 6291456 bytes"),
    ],
)
def test_a_refused_request_is_told_why_and_the_next_is_answered(
    server: Server, body: bytes, headers: dict[str, str], status: int, reason: str
) -> None:
    found, _, text = server.invoke(body, **headers)
    assert found == status
    assert reason in text.decode()
    assert server.invoke(csv(RECORDS[:1]))[0] == 200


def test_a_body_at_the_limit_is_answered(server: Server) -> None:
    line = b"1,2,3,4,5,6000\n"
    body = line * (6 * 1024 * 1024 // len(line))
    status, _, answer = server.invoke(body)
    assert status == 200
    assert len(json.loads(answer)["predictions"]) == body.count(b"\n")


def test_other_paths_and_methods_are_refused(server: Server) -> None:
    assert server.request("GET", "/")[0] == 404
    for method, path, allowed in (("GET", "/invocations", "POST"), ("POST", "/ping", "GET")):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request(method, path)
        response = connection.getresponse()
        assert (response.status, response.headers["Allow"]) == (405, allowed)
        connection.close()


def test_many_clients_get_their_own_answers(server: Server) -> None:
    def ask(number: int) -> bool:
        row = RECORDS[number % 50 : number % 50 + 1]
        status, _, answer = server.invoke(recordio(row), "application/x-recordio-protobuf")
        score = json.loads(answer)["predictions"][0]["score"]
        return status == 200 and score == pytest.approx(BINARY.scores(row)[0], abs=1e-6)

    with ThreadPoolExecutor(8) as clients:
        assert all(clients.map(ask, range(200)))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_answered_before_the_end(server: Server, ending: int) -> None:
    body = csv(RECORDS)
    workers = server.workers()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/ping")
    connection.getresponse().read()
    connection.putrequest("POST", "/invocations")
    connection.putheader("Content-Type", "text/csv")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:100])
    time.sleep(0.2)
    server.process.send_signal(ending)
    time.sleep(0.2)
    connection.send(body[100:])
    response = connection.getresponse()
    assert response.status == 200
    assert len(json.loads(response.read())["predictions"]) == len(RECORDS)
    connection.close()
    assert server.process.wait(10) == 0
    assert not any(map(is_running, workers))


def test_a_server_that_has_hardly_started_ends_at_once(tmp_path: Path) -> None:
    for turn in range(5):
        (tmp_path / str(turn)).mkdir()
        with serving(BINARY, tmp_path / str(turn)) as server:
            server.process.terminate()
            assert server.process.wait(10) == 0


def test_no_worker_outlives_a_server_that_is_killed(server: Server) -> None:
    workers = server.workers()
    assert workers
    server.process.kill()
    server.process.wait()
    until(lambda: not any(map(is_running, workers)), "the workers' end")
    with pytest.raises(ConnectionError):
        server.request("GET", "/ping")


def test_a_worker_that_dies_is_replaced(server: Server) -> None:
    first = server.workers()
    os.kill(first[0], signal.SIGKILL)
    until(lambda: len(set(server.workers()) - set(first)) == 1, "a new worker")
    assert server.invoke(csv(RECORDS[:1]))[0] == 200


def test_clients_that_send_slowly_keep_nobody_waiting(server: Server) -> None:
    body = csv(RECORDS)
    slow = [server.stalled(body[:10], len(body)) for _ in range(40)]
    slow += [server.stalled(body[:10], 6_000_000) for _ in range(40)]
    slow += [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
    began = time.monotonic()
    for _ in range(20):
        assert server.request("GET", "/ping")[0] == 200
        assert server.invoke(body)[0] == 200
    assert time.monotonic() - began < 20 * 2
    slow[0].sendall(body[10:])
    assert slow[0].recv(100).startswith(b"HTTP/1.1 415")  # it names no content type
    for client in slow:
        client.close()
    assert server.invoke(body)[0] == 200


def test_a_ping_is_answered_while_large_requests_are(server: Server) -> None:
    line = b"+1,1,1,1,1,1\n"  # the plus sign is not JSON's: such a body takes the longest
    body = line * (3 * 1024 * 1024 // len(line))
    with ThreadPoolExecutor(4) as clients:
        large = [clients.submit(server.invoke, body) for _ in range(4)]
        answered_meanwhile = 0
        while not all(one.done() for one in large):
            assert server.request("GET", "/ping")[0] == 200
            answered_meanwhile += not all(one.done() for one in large)
        assert [one.result()[0] for one in large] == [200] * 4
    assert answered_meanwhile > 1, "pings waited for the large requests"


def test_requests_touch_no_memory_anew(server: Server) -> None:
    body = csv(np.tile(RECORDS, (100, 1)))
    page_faults = [0, 0]
    for turn in range(2):
        for _ in range(40):
            assert server.invoke(body)[0] == 200
        page_faults[turn] = sum(server.page_faults())
    assert (page_faults[1] - page_faults[0]) / 40 < len(body) / 4096 / 2


def test_a_body_of_unknown_length_is_read(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    pieces = (b"1,2,3,", b"4,5,6\n", b"6,5,4,3,2,1")
    connection.request("POST", "/invocations", iter(pieces), {"Content-Type": "text/csv"})
    response = connection.getresponse()
    assert response.status == 200
    assert len(json.loads(response.read())["predictions"]) == 2
    connection.close()


@pytest.mark.parametrize("length", [200, 6_000_000])
def test_a_body_that_ends_too_early_is_refused(server: Server, length: int) -> None:
    with server.stalled(b"1,2,3,4,5,6\n", length) as client:
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(1000)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"it ends before its Content-Length" in answer


def test_a_client_that_goes_away_harms_nobody(server: Server) -> None:
    for _ in range(20):
        server.stalled(b"1,2", 100).close()
        server.stalled(b"1,2", 6_000_000).close()
    assert server.invoke(csv(RECORDS))[0] == 200
    assert server.process.poll() is None
    assert server.log.read_text() == ""


def test_a_port_that_is_taken_is_told(server: Server, tmp_path: Path) -> None:
    second = subprocess.run(
        COMMAND,
        cwd=PROJECT,
        env=environment(tmp_path, server.port),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert second.returncode == 1
    assert f"127.0.0.1:{server.port}: Address already in use" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    command = subprocess.run(
        COMMAND,
        cwd=PROJECT,
        env=environment(tmp_path, free_port()),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert command.returncode == 1
    assert "model_algo-1: No such file or directory" in command.stderr
    assert "Traceback" not in command.stderr


def test_serving_loads_no_heavy_library() -> None:
    script = (
        "import sys, linear_learner.serving.server as s\n"
        "heavy = {'numba', 'scipy', 'sklearn', 'pydantic', 'boto3', 'contract.model'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert command.stdout == "[]\n"
