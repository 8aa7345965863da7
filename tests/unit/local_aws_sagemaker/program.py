"""A program behind SageMaker's container contract that does what its input says.

``train`` reads its behaviour from the hyperparameter of that name; ``serve``
answers with what its model holds.
"""

import hashlib
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

ROOT = Path(os.environ["SAGEMAKER_BASE_DIR"])


def train() -> int:
    config = ROOT / "input" / "config"
    hyperparameters = json.loads((config / "hyperparameters.json").read_text())
    files = sorted(
        str(path.relative_to(ROOT / "input" / "data"))
        for path in (ROOT / "input" / "data").rglob("*")
        if path.is_file()
    )
    print("files", json.dumps(files))
    print("channels", (config / "inputdataconfig.json").read_text())
    print("environment", json.dumps(dict(os.environ)))
    print("#quality_metric: host=algo-1, validation binary_f_1.000 <score>=0.9")
    print("#quality_metric: host=algo-1, validation binary_f_1.000 <score>=0.95")
    match hyperparameters.get("behaviour", "learn"):
        case "fail":
            (ROOT / "output").mkdir(exist_ok=True)
            (ROOT / "output" / "failure").write_text("the data has no labels " + "x" * 2000)
            return 1
        case "hang":
            time.sleep(600)
        case "save at the end":
            signal.signal(signal.SIGTERM, _save_and_exit)
            print("ready")
            time.sleep(600)
        case "read pipes":
            _read_pipes(int(hyperparameters["epochs"]), int(hyperparameters.get("bytes", -1)))
            return _save()
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("ready")
            time.sleep(600)
        case _:
            return _save()
    return 0


def _read_pipes(epochs: int, most_bytes: int) -> None:
    """Read the channel train, and print each epoch: its pipe, and those that are there."""
    folder = ROOT / "input" / "data"
    for epoch in range(epochs):
        path = folder / f"train_{epoch}"
        while not path.exists():
            time.sleep(0.001)
        names = sorted(path.name for path in folder.iterdir())
        with path.open("rb", buffering=0) as pipe:
            content = pipe.readall() if most_bytes < 0 else pipe.read(most_bytes)
        digest = hashlib.sha256(content).hexdigest()
        print("epoch", json.dumps({"pipes": names, "bytes": len(content), "sha256": digest}))


def _save_and_exit(_number: int, _frame: FrameType | None) -> None:
    sys.exit(_save())


def _save() -> int:
    (ROOT / "model").mkdir(exist_ok=True)
    (ROOT / "model" / "answer.txt").write_text("learnt")
    return 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer = ""

    def do_GET(self) -> None:
        self._reply(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"bad":
            self._reply(400, b"unable to evaluate payload provided")
        elif body == b"die":
            os._exit(1)
        else:
            reply = {"answer": self.answer, "bytes": len(body), "headers": dict(self.headers)}
            self._reply(200, json.dumps(reply).encode())

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "seen")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 64


def serve() -> int:
    answer = (ROOT / "model" / "answer.txt").read_text()
    print("serves", answer)
    if answer == "sick":
        return 1
    Handler.answer = answer
    Server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit({"train": train, "serve": serve}[sys.argv[1]]())
