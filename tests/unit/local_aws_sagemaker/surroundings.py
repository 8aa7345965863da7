"""An AWS in memory around the embedded SageMaker: who may do what, S3 and CloudWatch Logs."""

import hashlib
import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.exceptions import ClientError

from local_aws.platform import AwsError, Caller

ROLE = "arn:aws:iam::000000000000:role/sagemaker"
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
CALLER = Caller("arn:aws:iam::000000000000:user/tester", access_key_id="AKIA")
PREFIX = "arn:aws:sagemaker:us-east-1:000000000000"


def _client_error(code: str, status: int, operation: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


class _ResourceNotFoundError(ClientError):
    pass


class _AlreadyExistsError(ClientError):
    pass


@dataclass
class MemoryS3:
    """The calls of boto3's S3 client that the service makes."""

    objects: dict[tuple[str, str], bytes]
    encryption: dict[tuple[str, str], dict[str, str]]
    denied: set[str]

    def head_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        self._read(Bucket, Key, "HeadObject")

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(self._read(bucket, key, "GetObject"))

    def get_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Range: str,  # noqa: N803
        IfMatch: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        content = self._read(Bucket, Key, "GetObject")
        begin, end = map(int, Range.removeprefix("bytes=").split("-"))
        if begin >= len(content):
            raise _client_error("InvalidRange", 416, "GetObject")
        if IfMatch not in {None, _etag(content)}:
            raise _client_error("PreconditionFailed", 412, "GetObject")
        piece = content[begin : end + 1]
        return {
            "Body": io.BytesIO(piece),
            "ETag": _etag(content),
            "ContentRange": f"bytes {begin}-{begin + len(piece) - 1}/{len(content)}",
        }

    def upload_file(self, path: str, bucket: str, key: str, ExtraArgs: dict[str, str]) -> None:  # noqa: N803
        self._check("s3:PutObject", "PutObject")
        self.encryption[bucket, key] = ExtraArgs
        self.objects[bucket, key] = Path(path).read_bytes()

    def get_paginator(self, _: str) -> "MemoryS3":
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        self._check("s3:ListBucket", "ListObjectsV2")
        keys = sorted(k for b, k in self.objects if b == Bucket and k.startswith(Prefix))
        for key in keys:  # a page each
            yield {"Contents": [{"Key": key}]}
        if not keys:
            yield {}

    def _read(self, bucket: str, key: str, operation: str) -> bytes:
        self._check("s3:GetObject", operation)
        if (bucket, key) not in self.objects:
            raise _client_error("404", 404, operation)
        return self.objects[bucket, key]

    def _check(self, action: str, operation: str) -> None:
        if action in self.denied:
            raise _client_error("AccessDenied", 403, operation)


@dataclass
class MemoryLogs:
    """The calls of boto3's Logs client that the service makes."""

    groups: dict[str, dict[str, list[str]]]
    denied: set[str]
    exceptions: Any = None

    def __post_init__(self) -> None:
        self.exceptions = type(
            "Exceptions",
            (),
            {
                "ResourceNotFoundException": _ResourceNotFoundError,
                "ResourceAlreadyExistsException": _AlreadyExistsError,
            },
        )

    def create_log_group(self, *, logGroupName: str) -> None:  # noqa: N803
        self.groups.setdefault(logGroupName, {})

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803
        if "logs:CreateLogStream" in self.denied:
            raise _client_error("AccessDeniedException", 400, "CreateLogStream")
        if logGroupName not in self.groups:
            raise _ResourceNotFoundError({}, "CreateLogStream")
        self.groups[logGroupName][logStreamName] = []

    def put_log_events(
        self,
        *,
        logGroupName: str,  # noqa: N803
        logStreamName: str,  # noqa: N803
        logEvents: list[dict[str, Any]],  # noqa: N803
    ) -> None:
        stream = self.groups[logGroupName][logStreamName]
        stream.extend(event["message"] for event in logEvents)


@dataclass
class MemoryCloudWatch:
    """The call of boto3's CloudWatch client that the service makes."""

    metrics: dict[str, list[dict[str, Any]]]
    denied: set[str]

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        if "cloudwatch:PutMetricData" in self.denied:
            raise _client_error("AccessDenied", 403, "PutMetricData")
        self.metrics.setdefault(Namespace, []).extend(MetricData)


@dataclass
class MemoryPlatform:
    """A `local_aws.platform.Platform` in memory.

    ``denied`` holds what nobody may do: actions, or actions and resources.
    ``asked`` is everything that IAM was asked for.
    """

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict[tuple[str, str], bytes])
    encryption: dict[tuple[str, str], dict[str, str]] = field(
        default_factory=dict[tuple[str, str], dict[str, str]]
    )
    groups: dict[str, dict[str, list[str]]] = field(default_factory=dict[str, dict[str, list[str]]])
    metrics: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict[str, list[dict[str, Any]]]
    )
    denied: set[str] = field(default_factory=set[str])
    asked: list[tuple[str, str, dict[str, str]]] = field(
        default_factory=list[tuple[str, str, dict[str, str]]]
    )
    roles: set[str] = field(default_factory=lambda: {ROLE})
    endpoint_url: str = "https://127.0.0.1:4700"
    region: str = "us-east-1"
    account: str = "000000000000"

    def authorize(
        self,
        caller: Caller,
        action: str,
        resource: str,
        context: Mapping[str, str] | None = None,
    ) -> None:
        self.asked.append((action, resource, dict(context or {})))
        if action in self.denied or f"{action} {resource}" in self.denied:
            raise AwsError(
                "AccessDeniedException",
                f"User: {caller.principal_arn} is not authorized to perform: {action} "
                f"on resource: {resource}",
            )

    def service_session(self, role_arn: str, service: str, session_name: str) -> boto3.Session:
        if role_arn not in self.roles:
            raise AwsError("ValidationException", f"{service} may not assume {role_arn}")
        return cast("boto3.Session", _Session(self, session_name))

    def log(self, group: str) -> list[str]:
        """Return all lines of a group."""
        return [line for stream in self.groups.get(group, {}).values() for line in stream]


@dataclass
class _Session:
    platform: MemoryPlatform
    name: str

    def client(self, service: str, **_: object) -> MemoryS3 | MemoryLogs | MemoryCloudWatch:
        platform = self.platform
        if service == "s3":
            return MemoryS3(platform.objects, platform.encryption, platform.denied)
        if service == "cloudwatch":
            return MemoryCloudWatch(platform.metrics, platform.denied)
        return MemoryLogs(platform.groups, platform.denied)


def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.01)
