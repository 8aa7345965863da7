"""Serving: `serve` beside FastAPI with a scikit-learn model, asked by the same client.

``python -m benchmarks.serving``: requests of 100 MNIST records on 8 connections
that are kept, for 3 seconds a turn, all in turns; medians. Every server has as
many processes as there are cores, and shares them with the client. FastAPI
runs under uvicorn; one reads CSV with numpy's loadtxt, one with polars.
The seconds from a start to the first ping are a median of five for `serve`.
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

from benchmarks._http_load import HOST, Load, post, run, wait_for_ping
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
AT_LEAST = {"CSV": 4, "recordIO": 30}
"""Times the requests a second of FastAPI with loadtxt."""
AT_MOST_SECONDS = 0.4


class Server(NamedTuple):
    """A server's name, command, and what it needs in its environment."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int

    @contextmanager
    def run(self) -> Generator[float]:
        """Run it, and tell the seconds until a ping is answered."""
        variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **self.environment}
        began = time.perf_counter()
        with subprocess.Popen([sys.executable, "-m", *self.command], env=variables) as process:
            try:
                wait_for_ping(self.port)
                yield time.perf_counter() - began
            finally:
                process.terminate()


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
        predictor_type="binary_classifier",
        loss_type="logistic",
    )
    artifact.save(ours, base / "model")
    port = free_port()
    bind = {"SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": str(port)}
    found = [Server("serve", ["linear_learner", "serve"], bind, port)]
    for loader in ("loadtxt", "polars"):
        port = free_port()
        uvicorn = f"uvicorn benchmarks._fastapi_peer:app --log-level error --port {port}".split()
        workers = ["--workers", str(os.cpu_count())]
        environment = {"LOADER": loader, "MODEL": str(base)}
        found.append(Server(f"FastAPI, {loader}", [*uvicorn, *workers], environment, port))
    return found


def requests(features: Floats) -> dict[str, bytes]:
    csv = "\n".join(",".join(map(repr, row)) for row in features.tolist())
    recordio = io.BytesIO()
    write_dense(recordio, features)
    return {
        "CSV": post(csv.encode(), "text/csv"),
        "recordIO": post(recordio.getvalue(), "application/x-recordio-protobuf"),
    }


def measure(found: list[Server], bodies: dict[str, bytes]) -> dict[tuple[str, str], Load]:
    """Ask all servers in turns for what they take."""
    cases = [(server, kind) for server in found for kind in bodies]
    cases = [(server, kind) for server, kind in cases if kind == "CSV" or server is found[0]]
    turns = [
        [run(server.port, bodies[kind], CONNECTIONS, SECONDS) for server, kind in cases]
        for _ in range(TURNS)
    ]
    return {
        (server.name, kind): Load(*map(statistics.median, zip(*loads, strict=True)))
        for (server, kind), loads in zip(cases, zip(*turns, strict=True), strict=True)
    }


def main() -> None:
    """Measure in turns and print."""
    sample = mnist()["test"].features[:RECORDS]
    with tempfile.TemporaryDirectory() as base, ExitStack() as running:
        found = servers(Path(base), sample.shape[1])
        starts: dict[str, list[float]] = {server.name: [] for server in found}
        for _ in range(STARTS - 1):
            with found[0].run() as seconds:
                starts[found[0].name].append(seconds)
        for server in found:
            starts[server.name].append(running.enter_context(server.run()))
        loads = measure(found, requests(sample))
    print(f"{'':<20}{'':<10}{'requests/s':>12}{'p50, ms':>10}{'p99, ms':>10}{'start, s':>10}")
    for (name, kind), load in loads.items():
        start = statistics.median(starts[name])
        print(
            f"{name:<20}{kind:<10}{load.per_second:>12,.0f}"
            f"{load.median:>10.1f}{load.p99:>10.1f}{start:>10.2f}"
        )
    peer = loads["FastAPI, loadtxt", "CSV"].per_second
    strong = loads["FastAPI, polars", "CSV"].per_second
    for kind, least in AT_LEAST.items():
        ours = loads["serve", kind].per_second
        print(
            f"{kind}: {ours / peer:.1f} times FastAPI with loadtxt (at least {least}), "
            f"{ours / strong:.1f} times FastAPI with polars"
        )
    print(f"start of serve: {statistics.median(starts['serve']):.2f} s (at most {AT_MOST_SECONDS})")


if __name__ == "__main__":
    main()
