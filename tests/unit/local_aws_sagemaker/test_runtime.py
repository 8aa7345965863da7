import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local_aws.sagemaker.service import SageMaker
from tests.unit.local_aws_sagemaker.surroundings import CALLER, MemoryPlatform
from tests.unit.local_aws_sagemaker.test_endpoints import settled

Call = Callable[..., dict[str, Any]]
MakeConfig = Callable[..., str]


@pytest.fixture
def live(call: Call, make_config: MakeConfig) -> str:
    call("CreateEndpoint", EndpointName="Live", EndpointConfigName=make_config("first"))
    settled(call)
    return "Live"


def test_headers_are_passed_both_ways(sagemaker: SageMaker, live: str) -> None:
    response = sagemaker.invoke_endpoint(
        live,
        b"1,2",
        {
            "content-type": "text/csv",
            "ACCEPT": "application/json",
            "X-Amzn-SageMaker-Custom-Attributes": "mine",
            "X-Amzn-SageMaker-Target-Variant": "AllTraffic",
            "Authorization": "not for containers",
        },
        CALLER,
    )
    seen = {key.lower(): value for key, value in json.loads(response.body)["headers"].items()}
    assert (seen["content-type"], seen["accept"]) == ("text/csv", "application/json")
    assert seen["x-amzn-sagemaker-custom-attributes"] == "mine"
    assert "authorization" not in seen
    assert response.headers == {
        "content-type": "application/json",
        "x-amzn-invoked-production-variant": "AllTraffic",
        "x-amzn-sagemaker-custom-attributes": "seen",
    }


def test_an_error_of_the_container_is_a_model_error(sagemaker: SageMaker, live: str) -> None:
    response = sagemaker.invoke_endpoint(live, b"bad", {}, CALLER)
    error = json.loads(response.body)
    assert (response.status, response.headers["x-amzn-errortype"]) == (424, "ModelError")
    assert error["OriginalStatusCode"] == 400
    assert error["OriginalMessage"] == "unable to evaluate payload provided"
    assert error["Message"].startswith(
        'Received client error (400) from primary with message "unable to evaluate payload '
        'provided". See https://us-east-1.console.aws.amazon.com/cloudwatch/home'
    )


def test_a_body_over_the_limit_is_refused(sagemaker: SageMaker, live: str) -> None:
    most = sagemaker.invoke_endpoint(live, b"1" * 6_291_456, {}, CALLER)
    more = sagemaker.invoke_endpoint(live, b"1" * 6_291_457, {}, CALLER)
    assert json.loads(most.body)["bytes"] == 6_291_456
    assert (more.status, more.headers["x-amzn-errortype"]) == (400, "ValidationError")
    assert "less than or equal to 6291456" in json.loads(more.body)["Message"]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("X-Amzn-SageMaker-Target-Variant", "Variant other not found"),
        ("X-Amzn-SageMaker-Target-Model", "x-amzn-sagemaker-target-model is not available"),
    ],
)
def test_a_target_that_is_not_there_is_refused(
    sagemaker: SageMaker, live: str, header: str, told: str
) -> None:
    response = sagemaker.invoke_endpoint(live, b"1", {header: "other"}, CALLER)
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, "ValidationError")
    assert told in json.loads(response.body)["Message"]


def test_an_endpoint_that_is_not_there(sagemaker: SageMaker) -> None:
    response = sagemaker.invoke_endpoint("none", b"", {}, CALLER)
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, "ValidationError")
    message = json.loads(response.body)["Message"]
    assert message == "Endpoint none of account 000000000000 not found."


def test_a_caller_who_may_not_invoke(
    sagemaker: SageMaker, live: str, platform: MemoryPlatform
) -> None:
    platform.denied.add("sagemaker:InvokeEndpoint")
    response = sagemaker.invoke_endpoint(live, b"1", {}, CALLER)
    assert (response.status, response.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


def test_no_request_fails_while_the_endpoint_is_updated_again_and_again(
    sagemaker: SageMaker, call: Call, make_config: MakeConfig, live: str
) -> None:
    over = threading.Event()
    body = b"0.5," * 100_000

    def invoke_until_over() -> list[tuple[int, str]]:
        seen: list[tuple[int, str]] = []
        while not over.is_set():
            response = sagemaker.invoke_endpoint(live, body, {}, CALLER)
            seen.append((response.status, json.loads(response.body).get("answer", "")))
        return seen

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(invoke_until_over) for _ in range(8)]
        try:
            for name in ("second", "third"):
                config = make_config(name)
                call("UpdateEndpoint", EndpointName=live, EndpointConfigName=config)
                assert settled(call)["EndpointConfigName"] == name
        finally:
            over.set()
        seen = [answer for client in clients for answer in client.result()]
    assert {status for status, _ in seen} == {200}
    assert {answer for _, answer in seen} >= {"first", "second"}
