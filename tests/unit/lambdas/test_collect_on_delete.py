"""The delete hook, answering a real HTTPS server in CloudFormation's place."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.stub import ANY

from contract.environment import BUCKET_TO_EMPTY
from contract.tasks import CollectedResource, CollectEvent, CollectResult
from lambdas import clients
from lambdas.collect import on_delete
from tests.unit.lambdas.stubs import BUCKET, Clients

LEFT = CollectedResource(kind="endpoint", name="live", action="later", reason="it is Deleting")
NOTHING = CollectResult(resources=())
BUSY = CollectResult(resources=(LEFT,))
STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/pipeline/1"


@dataclass
class CloudFormation:
    """A server that keeps the answers that are put to it."""

    url: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass
class Script:
    """In a collector's place: gives prepared results, the last one for ever."""

    results: list[CollectResult | Exception]
    calls: list[CollectEvent] = field(default_factory=list[CollectEvent])

    def collect(self, event: CollectEvent) -> CollectResult:
        result = self.results[min(len(self.calls), len(self.results) - 1)]
        self.calls.append(event)
        if isinstance(result, Exception):
            raise result
        return result


def context(seconds: float) -> LambdaContext:
    made = LambdaContext()
    made._function_name = "collect-on-delete"  # pyright: ignore[reportPrivateUsage] - it has no constructor
    made._memory_limit_in_mb = 512  # pyright: ignore[reportPrivateUsage]
    made._invoked_function_arn = "arn:aws:lambda:::f"  # pyright: ignore[reportPrivateUsage]
    made._aws_request_id = "1"  # pyright: ignore[reportPrivateUsage]
    made.get_remaining_time_in_millis = lambda: int(1000 * seconds)
    return made


@pytest.fixture
def cloudformation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    found = CloudFormation()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            length = int(self.headers["Content-Length"])
            found.answers.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Say nothing."""

    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    found.url = f"https://127.0.0.1:{server.server_port}/answer"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def surroundings(aws: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "cloudformation", lambda: aws.cloudformation)
    monkeypatch.setattr(clients, "s3", lambda: aws.s3)
    monkeypatch.setattr(on_delete, "_FIRST_PAUSE", 0.001)
    monkeypatch.delenv(BUCKET_TO_EMPTY, raising=False)


def request(cloudformation: CloudFormation, kind: str, **more: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": cloudformation.url,
        "StackId": STACK_ID,
        "RequestId": "7",
        "LogicalResourceId": "Collector",
        **more,
    }


def delete(
    aws: Clients,
    cloudformation: CloudFormation,
    seconds: float = 900,
    *,
    status: str = "DELETE_IN_PROGRESS",
    **more: str,
) -> dict[str, Any]:
    """Delete the resource while the stack has a status, and return what was answered."""
    stack = {"StackName": "pipeline", "CreationTime": datetime.now(UTC), "StackStatus": status}
    aws.expect("cloudformation", "describe_stacks", {"StackName": STACK_ID}, {"Stacks": [stack]})
    on_delete.handler(request(cloudformation, "Delete", **more), context(seconds))
    (answer,) = cloudformation.answers
    return answer


def use(monkeypatch: pytest.MonkeyPatch, *results: CollectResult | Exception) -> Script:
    script = Script(list(results))
    monkeypatch.setattr(on_delete, "make_collector", lambda: script)
    return script


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_create_and_update_collect_nothing(
    kind: str, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = use(monkeypatch, NOTHING)
    on_delete.handler(request(cloudformation, kind), context(900))
    assert script.calls == []
    assert cloudformation.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "Collector",
            "StackId": STACK_ID,
            "RequestId": "7",
            "LogicalResourceId": "Collector",
        }
    ]


def test_delete_collects_everything_until_nothing_is_left(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = use(monkeypatch, BUSY, BUSY, NOTHING)
    answer = delete(aws, cloudformation, PhysicalResourceId="as-it-was")
    assert script.calls == [CollectEvent(everything=True)] * 3
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "as-it-was"


@pytest.mark.parametrize(
    "status",
    [
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    ],
)
def test_an_update_that_replaces_the_resource_collects_nothing(
    status: str, aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = use(monkeypatch, NOTHING)
    assert delete(aws, cloudformation, status=status)["Status"] == "SUCCESS"
    assert script.calls == []


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
def test_a_stack_that_goes_is_collected(
    status: str, aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = use(monkeypatch, NOTHING)
    assert delete(aws, cloudformation, status=status)["Status"] == "SUCCESS"
    assert len(script.calls) == 1


def test_a_stack_of_which_nothing_is_known_is_not_collected(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = use(monkeypatch, NOTHING)
    aws.expect_error(
        "cloudformation", "describe_stacks", {"StackName": STACK_ID}, "AccessDenied", "no"
    )
    on_delete.handler(request(cloudformation, "Delete"), context(900))
    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert "AccessDenied" in cloudformation.answers[0]["Reason"]
    assert script.calls == []


def test_a_bucket_that_holds_too_much_for_the_time_is_told(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUCKET_TO_EMPTY, BUCKET)
    use(monkeypatch, NOTHING)
    listed = {"Versions": [{"Key": "a", "VersionId": "1"}]}
    aws.expect("s3", "list_object_versions", {"Bucket": BUCKET}, listed)
    answer = delete(aws, cloudformation, 0)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("the-bucket holds more than")


def test_a_bucket_that_goes_with_the_stack_is_emptied_last(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUCKET_TO_EMPTY, BUCKET)
    use(monkeypatch, NOTHING)
    versions = {
        "Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "2"}],
        "DeleteMarkers": [{"Key": "b", "VersionId": "3"}],
    }
    aws.expect("s3", "list_object_versions", {"Bucket": BUCKET}, versions)
    objects = [
        {"Key": "a", "VersionId": "1"},
        {"Key": "a", "VersionId": "2"},
        {"Key": "b", "VersionId": "3"},
    ]
    asked = {"Bucket": BUCKET, "Delete": {"Objects": objects, "Quiet": True}}
    aws.expect("s3", "delete_objects", asked, {})
    assert delete(aws, cloudformation)["Status"] == "SUCCESS"


def test_a_bucket_is_not_touched_while_something_needs_it(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUCKET_TO_EMPTY, BUCKET)
    use(monkeypatch, BUSY)
    assert delete(aws, cloudformation, 0)["Status"] == "FAILED"


def test_an_object_that_s3_keeps_is_told(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUCKET_TO_EMPTY, BUCKET)
    use(monkeypatch, NOTHING)
    listed = {"Versions": [{"Key": "a", "VersionId": "1"}]}
    aws.expect("s3", "list_object_versions", {"Bucket": BUCKET}, listed)
    kept = {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "no"}]}
    aws.expect("s3", "delete_objects", {"Bucket": BUCKET, "Delete": ANY}, kept)
    answer = delete(aws, cloudformation)
    assert "the-bucket keeps a: AccessDenied, no" in answer["Reason"]


def test_delete_says_what_is_left_before_its_time_is_over(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, BUSY)
    answer = delete(aws, cloudformation, on_delete.ANSWER_MARGIN + 0.05)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        "SageMaker is not done with endpoint live (it is Deleting);"
        " repeat the destroy in a few minutes"
    )


def test_an_error_is_answered_too(
    aws: Clients, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, PermissionError("not allowed to list " + 5000 * '"'))
    answer = delete(aws, cloudformation)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("PermissionError: not allowed to list")
    assert len(json.dumps(answer)) < 4096, "CloudFormation reads no longer answers"


def test_only_https_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, NOTHING)
    with pytest.raises(ValueError, match="expected https"):
        on_delete.handler(request(CloudFormation("file:///etc/passwd"), "Create"), context(900))
