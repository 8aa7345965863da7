"""Lambda: who may run a function as which role, what it may be sent, how its answer is told.

What AWS does: it refuses a role that does not trust it, when the function is
made and when it is invoked; it bounds requests and answers; it writes the
function's log only if the role may.
What ministack does: it takes any role that exists, and any size; it always
writes the log.
"""

import json
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

from local_aws.ministack_adapter.lambda_environment import PythonEnvironment
from local_aws.ministack_adapter.patch import replace
from local_aws.ministack_adapter.principals import authorize, role_principal, role_trusts
from local_aws.platform import AwsError, Caller
from local_aws.settings import ACCOUNT, REGION

SERVICE: Final = "lambda.amazonaws.com"
UNTRUSTED: Final = "The role defined for the function cannot be assumed by Lambda."

_RESPONSE_BYTES: Final = 6_291_556
_REQUEST_BYTES: Final = 6_291_456
_EVENT_BYTES: Final = 1_048_576
"""The largest payload of an asynchronous invocation."""

Json = dict[str, Any]


def install() -> None:
    """Correct ministack's Lambda."""
    replace(lambda_runtime, "_worker_class_for", _environment_class)
    replace(lambda_svc, "_execute_function_warm", _execute)
    replace(lambda_svc, "_create_function", _create_function)
    replace(lambda_svc, "_invoke", _invoke)
    replace(lambda_svc, "_emit_lambda_logs", _emit_logs)


def check_role(function: str) -> None:
    """Ask whether Lambda may assume a function's role, as it does for every invocation.

    Raises
    ------
    AwsError
        ``AccessDeniedException`` if not.
    """
    _, config, _ = lambda_svc._get_func_record_for_ref(function)
    if config is not None and not role_trusts(config["Role"], SERVICE):
        raise AwsError("AccessDeniedException", UNTRUSTED, 403)


def _environment_class(original: Any, config: Json) -> type[lambda_runtime.Worker]:
    if config.get("Runtime", "").startswith("python"):
        return PythonEnvironment
    return original(config)


def _execute(original: Any, func: Json, event: object, request_id: str) -> Json:
    config = func["config"]
    if not config["Runtime"].startswith("python"):
        return original(func, event, request_id)
    if config.get("Layers"):
        raise NotImplementedError("the embedded AWS runs no layers: put the code into the bundle")
    lambda_svc._ensure_reaper_thread()
    environment: Any
    environment, _ = lambda_runtime.acquire_worker(
        config["FunctionName"], config, func["code_zip"], qualifier=config["Version"]
    )
    try:
        outcome = environment.run(event, request_id, config["FunctionArn"])
    finally:
        lambda_runtime.release_worker(environment)
    if len(outcome.payload) > _RESPONSE_BYTES:
        return _too_large(request_id, outcome.log)
    answer: Json = {"body": json.loads(outcome.payload), "log": outcome.log}
    return answer | ({"error": True} if outcome.failed else {})


def _too_large(request_id: str, log: str) -> Json:
    message = (
        f"Response payload size exceeded maximum allowed payload size ({_RESPONSE_BYTES} bytes)."
    )
    body = {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": message,
        "requestId": request_id,
    }
    return {"body": body, "error": True, "log": f"{log}\n{message}"}


def _create_function(original: Any, data: Json) -> Any:
    if not role_trusts(data.get("Role", ""), SERVICE):
        return error_response_json("InvalidParameterValueException", UNTRUSTED, 400)
    return original(data)


async def _invoke(
    original: Any,
    name: str,
    event: object,
    headers: Json,
    path_qualifier: str | None = None,
    query_params: Json | None = None,
) -> Any:
    kind = headers.get("x-amz-invocation-type", "RequestResponse")
    limit = _EVENT_BYTES if kind == "Event" else _REQUEST_BYTES
    size = int(headers.get("content-length", 0))
    if size > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        return error_response_json("RequestTooLargeException", message, 413)
    try:
        check_role(name)
    except AwsError as error:
        return error_response_json(error.code, error.message, error.status)
    return await original(name, event, headers, path_qualifier, query_params)


def _emit_logs(
    original: Any,
    func: Json,
    request_id: str,
    log_text: str,
    error: bool,
    duration_ms: int,
    log_source: str | None = None,
) -> None:
    config = func["config"]
    name, role = config["FunctionName"], config["Role"]
    group = config.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
    caller = Caller(role_principal(role, name), role_arn=role)
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{request_id}"
    try:
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            authorize(caller, action, stream)
    except AwsError:
        return
    original(func, request_id, log_text, error, duration_ms, log_source=log_source)
