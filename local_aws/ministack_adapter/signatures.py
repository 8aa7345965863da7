"""Signatures: who signs nothing is nobody, and root has to prove itself too.

What AWS does: it checks every request's signature, root's as any other's, and
refuses a request without one.
What ministack does: it believes whoever names root's access key, and takes a
request without a signature for root's where it knows no IAM action for it, or
where S3 has no bucket whose policy would decide.
"""

import contextvars
from typing import Any, Final

from ministack import app as ministack_app
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalResult

from local_aws.ministack_adapter.patch import replace

Json = dict[str, Any]

_WITHOUT_BUCKET: Final = {"s3:ListAllMyBuckets", "s3:CreateBucket"}

_UNSIGNED: Final = AuthError(
    "MissingAuthenticationToken", "Request is missing Authentication Token"
)

_pinning: Final[contextvars.ContextVar[bool]] = contextvars.ContextVar("pinning", default=False)
"""Whether a request is being kept for the check of its signature: then root's is one of them."""


def install() -> None:
    """Correct ministack's check of credentials."""
    replace(ministack_app, "pin_signed_request", _pin_signed_request)
    replace(iam_evaluator, "_is_root_key", _is_root_key)
    replace(iam_evaluator, "check_credentials", _check_credentials)
    replace(iam_evaluator, "enforce", _enforce)


def _pin_signed_request(
    original: Any,
    method: str,
    raw_path: str,
    query_params: Json,
    raw_headers: list[Any],
    handshake: bool = False,
) -> None:
    token = _pinning.set(True)
    try:
        original(method, raw_path, query_params, raw_headers, handshake)
    finally:
        _pinning.reset(token)


def _is_root_key(original: Any, access_key_id: str) -> bool:
    return not _pinning.get() and original(access_key_id)


def _check_credentials(
    original: Any, access_key_id: str, service: str | None = None
) -> AuthError | None:
    return _UNSIGNED if iam_evaluator._anonymous.get() else original(access_key_id, service)


def _enforce(
    original: Any,
    access_key_id: str,
    iam_action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    service_context: Json | None = None,
) -> EvalResult | AuthError | None:
    if iam_action in _WITHOUT_BUCKET and iam_evaluator._anonymous.get():
        return _UNSIGNED
    return original(access_key_id, iam_action, service, region, resource_arn, service_context)
