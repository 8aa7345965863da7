"""InvokeEndpoint: from the request to the container and back."""

import http
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HttpTimeoutError
from urllib3.response import BaseHTTPResponse

from local_aws.platform import AwsError, Caller, Platform
from local_aws.sagemaker.deployment import log_group
from local_aws.sagemaker.endpoint import Endpoint, Fleet
from local_aws.sagemaker.endpoints import Endpoints
from local_aws.sagemaker.permissions import Permissions
from local_aws.sagemaker.server import Server

MOST_BYTES: Final = 6_291_456
"""The largest body of a request, in bytes."""

_PREFIX: Final = "x-amzn-sagemaker-"
_TARGET_VARIANT: Final = f"{_PREFIX}target-variant"
_CUSTOM_ATTRIBUTES: Final = f"{_PREFIX}custom-attributes"
_PASSED_ON: Final = ("content-type", "accept", _CUSTOM_ATTRIBUTES)
_UNAVAILABLE: Final = {
    f"{_PREFIX}target-model",
    f"{_PREFIX}target-container-hostname",
    f"{_PREFIX}enable-explanations",
    f"{_PREFIX}inference-component",
    f"{_PREFIX}session-id",
}
_TIMED_OUT: Final = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


@dataclass(frozen=True, slots=True)
class InvokeResponse:
    """An HTTP response of the runtime, also of an invocation that failed.

    Attributes
    ----------
    headers
        Their names are in lower case, as HTTP/2 and ASGI want them.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


class Runtime:
    """Answers invocations."""

    def __init__(self, platform: Platform, permissions: Permissions, endpoints: Endpoints) -> None:
        self._platform = platform
        self._permissions = permissions
        self._endpoints = endpoints

    def invoke(
        self, name: str, body: bytes, headers: Mapping[str, str], caller: Caller
    ) -> InvokeResponse:
        """Answer InvokeEndpoint."""
        given = {key.lower(): value for key, value in headers.items()}
        try:
            self._permissions.check("InvokeEndpoint", {"EndpointName": name}, caller)
            endpoint = self._endpoints.find(name)
            if endpoint is None:
                raise self._not_found(name)
            with endpoint.serving() as serving:
                if serving is None:
                    raise self._not_found(name)
                server, fleet = serving
                _check_request(body, given, fleet)
                return self._answer(endpoint, server, fleet, body, given)
        except AwsError as error:
            return _refusal(error)

    def _answer(
        self,
        endpoint: Endpoint,
        server: Server,
        fleet: Fleet,
        body: bytes,
        given: Mapping[str, str],
    ) -> InvokeResponse:
        headers = {name: given[name] for name in _PASSED_ON if given.get(name)}
        try:
            answer = server.invoke(body, headers)
        except HttpTimeoutError:
            return self._model_error(endpoint, 0, _TIMED_OUT)
        except HTTPError as error:
            return self._model_error(endpoint, 0, f"The container does not answer: {error}")
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            return self._model_error(endpoint, answer.status, answer.data.decode(errors="replace"))
        return _success(answer, fleet)

    def _not_found(self, name: str) -> AwsError:
        account = self._platform.account
        return _validation_error(f"Endpoint {name} of account {account} not found.")

    def _model_error(self, endpoint: Endpoint, status: int, message: str) -> InvokeResponse:
        side = "client" if 400 <= status < 500 else "server"
        region, account = self._platform.region, self._platform.account
        group = log_group(endpoint.name)
        return InvokeResponse(
            http.HTTPStatus.FAILED_DEPENDENCY,
            {"content-type": "application/json", "x-amzn-errortype": "ModelError"},
            json.dumps(
                {
                    "Message": f"Received {side} error ({status}) from primary with message "
                    f'"{message}". See https://{region}.console.aws.amazon.com/cloudwatch/home'
                    f"?region={region}#logEventViewer:group={group} in account {account} for "
                    "more information.",
                    "OriginalStatusCode": status,
                    "OriginalMessage": message,
                    "LogStreamArn": f"arn:aws:logs:{region}:{account}:log-group:{group}",
                }
            ).encode(),
        )


def _check_request(body: bytes, headers: Mapping[str, str], fleet: Fleet) -> None:
    if len(body) > MOST_BYTES:
        raise _validation_error(
            "1 validation error detected: Value at 'body' failed to satisfy constraint: Member "
            f"must have length less than or equal to {MOST_BYTES}"
        )
    if unknown := sorted(_UNAVAILABLE & headers.keys()):
        raise _validation_error(
            f"The header {unknown[0]} is not available in the embedded SageMaker."
        )
    variant = headers.get(_TARGET_VARIANT, fleet.config.variant["VariantName"])
    if variant != fleet.config.variant["VariantName"]:
        raise _validation_error(f"Variant {variant} not found for Request")


def _validation_error(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _refusal(error: AwsError) -> InvokeResponse:
    denied = error.code == "AccessDeniedException"
    return InvokeResponse(
        http.HTTPStatus.FORBIDDEN if denied else error.status,
        {"content-type": "application/json", "x-amzn-errortype": error.code},
        json.dumps({"Message": error.message}).encode(),
    )


def _success(answer: BaseHTTPResponse, fleet: Fleet) -> InvokeResponse:
    headers = {
        "content-type": answer.headers.get("content-type", "application/octet-stream"),
        "x-amzn-invoked-production-variant": fleet.config.variant["VariantName"],
    }
    if _CUSTOM_ATTRIBUTES in answer.headers:
        headers[_CUSTOM_ATTRIBUTES] = answer.headers[_CUSTOM_ATTRIBUTES]
    return InvokeResponse(answer.status, headers, answer.data)
