"""What runs in the process of a Python Lambda: AWS's runtime, in short.

The process holds nothing of the emulator: this file is run by its path, with
the function's bundle, boto3 and the standard library on ``sys.path``. It reads
one invocation a line from one pipe and answers each in a line to another;
what the function prints is its log.
"""

import importlib
import json
import logging
import os
import sys
import threading
import time
import traceback
from typing import Any, NoReturn

Json = dict[str, Any]


class Context:
    """The context object of an invocation."""

    def __init__(self, invocation: Json) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline: float = time.time() + invocation["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left until the function's time-out."""
        return max(0, int((self._deadline - time.time()) * 1000))


class InitError(Exception):
    """The handler could not be loaded."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def main() -> None:
    """Serve invocations until the pipe ends."""
    requests, responses, lifeline = (int(argument) for argument in sys.argv[1:4])
    sys.path[:0] = sys.argv[4:]
    threading.Thread(target=_die_with_the_emulator, args=(lifeline,), daemon=True).start()
    logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
    with os.fdopen(requests) as incoming, os.fdopen(responses, "w") as outgoing:
        handler = None
        for line in incoming:
            invocation = json.loads(line)
            if handler is None:
                try:
                    handler = _load(os.environ["_HANDLER"])
                except Exception as error:  # noqa: BLE001 - whatever the function's module raises
                    _answer(outgoing, _failure(error, invocation["request_id"]))
                    return
                _answer(outgoing, {"loaded": True})
            _answer(outgoing, _invoke(handler, invocation))


def _die_with_the_emulator(lifeline: int) -> NoReturn:
    """Wait for the end of a pipe that only the emulator holds open."""
    os.read(lifeline, 1)
    os._exit(1)


def _load(handler: str) -> Any:
    module_name, _, function_name = handler.replace("/", ".").rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise InitError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise InitError("Runtime.UserCodeSyntaxError", message) from error
    if not hasattr(module, function_name):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise InitError("Runtime.HandlerNotFound", message)
    return getattr(module, function_name)


def _invoke(handler: Any, invocation: Json) -> Json:
    os.environ["_X_AMZN_TRACE_ID"] = invocation["trace_id"]
    try:
        result = handler(invocation["event"], Context(invocation))
    except Exception as error:  # noqa: BLE001 - whatever the function raises
        return _failure(error, invocation["request_id"])
    try:
        return {"payload": json.dumps(result), "failed": False}
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return _failure(InitError("Runtime.MarshalError", message), invocation["request_id"])


def _failure(error: Exception, request_id: str) -> Json:
    """Return AWS's answer for an exception: its class's name is what callers match on."""
    kind = error.kind if isinstance(error, InitError) else type(error).__name__
    trace = [] if isinstance(error, InitError) else traceback.format_tb(error.__traceback__)[1:]
    print(f"[ERROR] {kind}: {error}", "Traceback (most recent call last):", *trace, sep="\n")
    payload = {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }
    return {"payload": json.dumps(payload), "failed": True}


def _answer(outgoing: Any, answer: Json) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    outgoing.write(json.dumps(answer) + "\n")
    outgoing.flush()


if __name__ == "__main__":
    main()
