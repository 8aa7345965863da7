"""SageMaker's API over HTTP, which ministack does not have."""

import asyncio
import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from ministack import app as ministack_app
from ministack.core import router
from ministack.core.iam_evaluator import caller_arn

from local_aws.ministack_adapter.platform import MinistackPlatform
from local_aws.platform import AwsError, Caller
from local_aws.sagemaker.service import SageMaker

Response = tuple[int, dict[str, str], bytes]

_INVOCATIONS: Final = re.compile(r"/endpoints/([^/]+)/invocations")
_TARGET: Final = "SageMaker."
_JSON: Final = "application/x-amz-json-1.1"

_services: Final[list[SageMaker]] = []


def install(port: int) -> None:
    """Let SageMaker answer on ministack's port."""
    workdir = Path(tempfile.mkdtemp(prefix="sagemaker-"))
    _services.append(SageMaker(MinistackPlatform(port), workdir))
    ministack_app.SERVICE_HANDLERS["sagemaker"] = _handle
    # Of a service that is not in this table, the router reads all of botocore's models to tell
    # whether there is one: that would hold up every request for seconds.
    router.SERVICE_PATTERNS["sagemaker"] = {"target_prefixes": [_TARGET]}


def service() -> SageMaker:
    """Return the SageMaker that was installed."""
    return _services[0]


async def _handle(
    method: str,  # noqa: ARG001 - what ministack calls with
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query_params: Any,
) -> Response:
    """Answer a request whose signature ministack has checked already."""
    caller = Caller(caller_arn(), router.extract_access_key_id(dict(headers), query_params))
    invocation = _INVOCATIONS.fullmatch(path)
    if invocation:
        return await asyncio.to_thread(_invoke, unquote(invocation[1]), body, headers, caller)
    target = headers.get("x-amz-target", "")
    if not target.startswith(_TARGET):
        return _error(AwsError("UnknownOperationException", f"There is no {path} here", 404))
    return await asyncio.to_thread(_call, target.removeprefix(_TARGET), body, caller)


def _invoke(name: str, body: bytes, headers: Mapping[str, str], caller: Caller) -> Response:
    answer = service().invoke_endpoint(name, body, headers, caller)
    return answer.status, answer.headers, answer.body


def _call(operation: str, body: bytes, caller: Caller) -> Response:
    try:
        answer = service().call(operation, _members(body), caller)
    except AwsError as error:
        return _error(error)
    return 200, {"Content-Type": _JSON}, json.dumps(answer).encode()


def _members(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", f"The body is not JSON: {error}") from error


def _error(error: AwsError) -> Response:
    body = {"__type": error.code, "message": error.message}
    return error.status, {"Content-Type": _JSON}, json.dumps(body).encode()
