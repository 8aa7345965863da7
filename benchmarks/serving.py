"""Serving: `serve` beside FastAPI with a scikit-learn model, asked by the same client.

``python -m benchmarks.serving``: requests of 100 MNIST records on 8 connections
that are kept, for 3 seconds a turn, all in turns; medians. Every server has as
many processes as there are cores, and shares them with the client. Beside the
wall's clock stands what a request takes of the server's processors, which other
work does not lengthen as much. FastAPI runs under uvicorn; one reads CSV with
numpy's loadtxt, also in the one process that is uvicorn's default, one with
polars. The start, until a ping is answered, is a median of five for `serve`.
"""

import io
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks._http_load import HOST, post, run, wait_for_ping
from benchmarks.training import mnist
from data_prep.recordio import write_dense
from linear_learner import artifact
from linear_learner.arrays import Floats
from linear_learner.model import LinearModel

RECORDS = 100
CONNECTIONS = 8
SECONDS = 3
TURNS = 3
STARTS = 5
LOADTXT, ALONE, POLARS = PEERS = (
    "FastAPI with loadtxt",
    "that in 1 process",
    "FastAPI with polars",
)
AT_LEAST = {"CSV": 4, "recordIO": 30}
"""Times the requests a second of FastAPI with loadtxt in as many processes."""
AT_MOST_SECONDS = 0.4


class Server(NamedTuple):
    """A server's name, command, and what it needs in its environment."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int

    @contextmanager
    def run(self) -> Generator["Running"]:
        """Run it."""
        variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **self.environment}
        began = time.perf_counter()
        with subprocess.Popen([sys.executable, "-m", *self.command], env=variables) as process:
            try:
                wait_for_ping(self.port)
                yield Running(self, process.pid, time.perf_counter() - began)
            finally:
                process.terminate()


class Running(NamedTuple):
    """A server that runs, and the seconds that it took until a ping was answered."""

    server: Server
    pid: int
    start: float

    def processor_seconds(self) -> float:
        """Return what it and its children have taken of the processors; on Linux alone."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in (str(self.pid), *children)]
        ticks = [sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats]
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def measure(self, request: bytes) -> list[float]:
        """Return requests a second, milliseconds of half and of 99 %, and of the processors."""
        before = self.processor_seconds()
        load = run(self.server.port, request, CONNECTIONS, SECONDS)
        seconds = self.processor_seconds() - before
        return [*load, 1000 * seconds / (load.per_second * SECONDS)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def servers(base: Path, width: int) -> list[Server]:
    """Write the same model for ours and for the peers; what it has learnt does not matter."""
    weights = np.random.default_rng(0).normal(0, 0.1, (width, 1))
    np.save(base / "coefficients.npy", weights.T)
    (base / "model").mkdir()
    ours = LinearModel(
        weights=weights.astype(np.float32),
        bias=np.zeros(1, np.float32),
        threshold=0.5,
        predictor_type="binary_classifier",
        loss_type="logistic",
    )
    artifact.save(ours, base / "model")
    port = free_port()
    bind = {"SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": str(port)}
    found = [Server("serve", ["linear_learner", "serve"], bind, port)]
    cores = os.cpu_count() or 1
    for name, loader, processes in (
        (LOADTXT, "loadtxt", cores),
        (ALONE, "loadtxt", 1),
        (POLARS, "polars", cores),
    ):
        port = free_port()
        uvicorn = ["uvicorn", "benchmarks._fastapi_peer:app", "--log-level", "error"]
        options = ["--port", str(port), "--workers", str(processes)]
        environment = {"LOADER": loader, "MODEL": str(base)}
        found.append(Server(name, [*uvicorn, *options], environment, port))
    return found


def requests(features: Floats) -> dict[str, bytes]:
    csv = "\n".join(",".join(map(repr, row)) for row in features.tolist())
    recordio = io.BytesIO()
    write_dense(recordio, features)
    return {
        "CSV": post(csv.encode(), "text/csv"),
        "recordIO": post(recordio.getvalue(), "application/x-recordio-protobuf"),
    }


def measure(running: list[Running], bodies: dict[str, bytes]) -> dict[tuple[str, str], list[float]]:
    """Ask all servers in turns for what they take."""
    cases = [(running[0], kind) for kind in bodies] + [(peer, "CSV") for peer in running[1:]]
    turns = [[one.measure(bodies[kind]) for one, kind in cases] for _ in range(TURNS)]
    return {
        (one.server.name, kind): [statistics.median(column) for column in zip(*loads, strict=True)]
        for (one, kind), loads in zip(cases, zip(*turns, strict=True), strict=True)
    }


def main() -> None:
    """Measure in turns and print."""
    sample = mnist()["test"].features[:RECORDS]
    with tempfile.TemporaryDirectory() as base, ExitStack() as stack:
        found = servers(Path(base), sample.shape[1])
        starts: list[float] = []
        for _ in range(STARTS):
            with found[0].run() as alone:
                starts.append(alone.start)
        running = [stack.enter_context(server.run()) for server in found]
        measured = measure(running, requests(sample))
    heads = ("requests/s", "p50, ms", "p99, ms", "processor, ms")
    print(f"{'':<30}" + "".join(f"{head:>15}" for head in heads))
    for (name, kind), (per_second, *milliseconds) in measured.items():
        told = "".join(f"{one:>15.2f}" for one in milliseconds)
        print(f"{name + ', ' + kind:<30}{per_second:>15,.0f}{told}")
    for kind, least in AT_LEAST.items():
        ours = measured["serve", kind]
        told = [f"{ours[0] / measured[name, 'CSV'][0]:.1f} times {name}" for name in PEERS]
        print(f"{kind}: {'; '.join(told)} (at least {least} times {LOADTXT})")
    peers = ", ".join(f"{one.start:.1f} s {one.server.name}" for one in running[1:])
    print(f"start: {statistics.median(starts):.2f} s serve (at most {AT_MOST_SECONDS}), {peers}")


if __name__ == "__main__":
    main()
