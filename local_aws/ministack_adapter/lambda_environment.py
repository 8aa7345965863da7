"""The execution environment of a Python Lambda: one process, invoked one event at a time.

What AWS does: the process has the function's bundle, boto3 and its own
environment, a memory limit that kills it, a /tmp of its own; errors are named
by the exception's class, and by ``Sandbox.*`` or ``Runtime.*`` when the
process fails; only a failed process is replaced.
What ministack does: the process inherits the emulator's environment and
installed packages, has no memory limit and the host's temporary folder; every
error is ``Runtime.HandlerError`` and costs the process; JSON that the function
prints may be taken for its answer.
"""

import json
import os
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ministack.core import lambda_runtime

from local_aws.ministack_adapter import lambda_bootstrap
from local_aws.ministack_adapter.lambda_package import runtime_root, task_root

_INIT_SECONDS: Final = 10.0
"""What a new process gets to load the function, before the function's own time-out begins."""

_WATCH_MILLISECONDS: Final = 20
"""How often the memory of a running invocation is looked at."""

_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an invocation: the payload is JSON, and ``failed`` says that it is an error."""

    payload: bytes
    failed: bool
    log: str


class PythonEnvironment(lambda_runtime.Worker):
    """A process of a function; ministack's pool leases it, and kills it by `_proc`."""

    _proc: subprocess.Popen[bytes] | None

    def _start(self) -> subprocess.Popen[bytes]:
        self._tmpdir = tempfile.mkdtemp(prefix="environment-")
        folder = Path(self._tmpdir)
        (folder / "tmp").mkdir()
        root = task_root(self.code_zip)
        child_requests, self._requests = os.pipe()
        self._responses, child_responses = os.pipe()
        child_lifeline, self._lifeline = os.pipe()
        inherited = (child_requests, child_responses, child_lifeline)
        command = [sys.executable, "-I", "-S", lambda_bootstrap.__file__]
        command += [*map(str, inherited), str(root), str(runtime_root())]
        self._log_path = folder / "log"
        with self._log_path.open("wb") as log:
            process = self._proc = subprocess.Popen(  # noqa: S603 - our own file
                command,
                cwd=root,
                env=self._environment(root, folder / "tmp"),
                pass_fds=inherited,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        for descriptor in inherited:
            os.close(descriptor)
        self._logged = 0
        self._received = bytearray()
        return process

    def run(self, event: object, request_id: str, function_arn: str) -> Outcome:
        """Invoke the function, in a new process where there is none."""
        with self._lock:
            seconds = float(self.config["Timeout"])
            invocation = {
                "event": event,
                "request_id": request_id,
                "function_arn": function_arn,
                "seconds": seconds,
                "trace_id": f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=0",
            }
            request = json.dumps(invocation).encode() + b"\n"
            process = self._proc
            if process is not None and process.poll() is None:
                answer = self._exchange(process, request, seconds)
            else:
                self._clear()
                process = self._start()
                answer = self._exchange(process, request, _INIT_SECONDS)
                if "loaded" in answer:
                    answer = self._exchange(process, b"", seconds)
            if isinstance(answer, str):
                return self._fail(process, answer, request_id)
            return Outcome(answer["payload"].encode(), answer["failed"], self._read_log())

    def _environment(self, root: Path, temporary: Path) -> dict[str, str]:
        """Return the variables that AWS sets, those of the function, and the way to this AWS."""
        config = self.config
        name = config["FunctionName"]
        region = config["FunctionArn"].split(":")[3]
        group = config.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
        clients = ("AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
        return {
            **{variable: os.environ[variable] for variable in clients},
            **config.get("Environment", {}).get("Variables", {}),
            **lambda_runtime.execution_credentials(config),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config["MemorySize"]),
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": temporary.parent.name,
            "LAMBDA_TASK_ROOT": str(root),
            "LAMBDA_RUNTIME_DIR": str(runtime_root()),
            "_HANDLER": config["Handler"],
            "HOME": str(temporary),
            "TMPDIR": str(temporary),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
        }

    def _exchange(
        self, process: subprocess.Popen[bytes], request: bytes, seconds: float
    ) -> dict[str, Any] | str:
        """Send a request and return a line of answer, or why there is none: AWS's error type."""
        self._send(request)
        deadline = time.monotonic() + seconds
        limit = self.config["MemorySize"] * 2**20
        answered = select.poll()
        answered.register(self._responses, select.POLLIN)
        while b"\n" not in self._received:
            readable = answered.poll(_WATCH_MILLISECONDS)
            if _peak_memory(process.pid) > limit:
                return "Runtime.OutOfMemory"
            if readable:
                chunk = os.read(self._responses, _READ_BYTES)
                if not chunk:
                    return "Runtime.ExitError"
                self._received += chunk
            elif time.monotonic() > deadline:
                return "Sandbox.Timedout"
        line, _, self._received = self._received.partition(b"\n")
        return json.loads(line)

    def _send(self, request: bytes) -> None:
        """Write a request; the process reads it before it does anything else, or is gone."""
        try:
            while request:
                request = request[os.write(self._requests, request) :]
        except BrokenPipeError:
            return

    def _fail(self, process: subprocess.Popen[bytes], error_type: str, request_id: str) -> Outcome:
        """End the process after its failure, and say what AWS says of it."""
        if error_type != "Runtime.ExitError":
            process.kill()
        code = process.wait()
        reason = {
            "Sandbox.Timedout": f"Task timed out after {float(self.config['Timeout']):.2f} seconds",
            "Runtime.OutOfMemory": "Runtime exited with error: signal: killed",
            "Runtime.ExitError": _exit_reason(code),
        }[error_type]
        message = f"RequestId: {request_id} Error: {reason}"
        payload = {"errorType": error_type, "errorMessage": message}
        log = f"{self._read_log()}\n{message}\n{error_type}"
        return Outcome(json.dumps(payload).encode(), True, log)

    def _read_log(self) -> str:
        """Return what the process has printed since the last time."""
        with self._log_path.open("rb") as log:
            log.seek(self._logged)
            printed = log.read()
        self._logged += len(printed)
        return printed.decode(errors="replace")

    def _discard_tmpdir(self) -> None:
        """Clear up after the pool has killed the process, which also ends its invocation."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        if self._tmpdir is None:
            return
        for descriptor in (self._requests, self._responses, self._lifeline):
            os.close(descriptor)
        shutil.rmtree(self._tmpdir, ignore_errors=True)
        self._tmpdir = None


def _peak_memory(process_id: int) -> int:
    """Return the most memory that a process has ever had, in bytes; 0 when it is gone."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def _exit_reason(code: int) -> str:
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    name = (signal.strsignal(-code) or str(-code)).lower()
    return f"Runtime exited with error: signal: {name}"
