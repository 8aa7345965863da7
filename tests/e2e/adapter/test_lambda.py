"""Lambda: the process a function runs in, and how its failures are told."""

import json
import os
import signal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.environment import client_environment
from tests.e2e.adapter.account import ALLOW_ALL, Account, archive, unique
from tests.e2e.adapter.processes import children, is_alive, up, wait_for


def test_an_error_is_named_by_its_exceptions_class(corrected: Account, plain: Account) -> None:
    source = "class Odd(Exception): pass\ndef handler(event, context): raise Odd('so it is')"

    answer, failed = corrected.invoke(corrected.function(source))

    assert failed
    assert (answer["errorType"], answer["errorMessage"]) == ("Odd", "so it is")
    assert "raise Odd" in "".join(answer["stackTrace"])
    mended, _ = plain.invoke(plain.function(source))
    assert mended["errorType"] != "Odd", "ministack names errors by their class now"


def test_an_error_does_not_cost_the_process(corrected: Account, plain: Account) -> None:
    source = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if event.get("fail"): raise ValueError
    return calls
"""

    def calls_after_an_error(account: Account) -> int:
        function = account.function(source)
        account.invoke(function, {"fail": True})
        return account.invoke(function)[0]

    assert calls_after_an_error(corrected) == 2
    assert calls_after_an_error(plain) == 1, "ministack keeps the process after an error now"


@pytest.mark.parametrize(
    ("source", "handler", "error_type"),
    [
        ("import nothing_of_that_name", "index.handler", "Runtime.ImportModuleError"),
        ("def handler(", "index.handler", "Runtime.UserCodeSyntaxError"),
        ("", "index.other", "Runtime.HandlerNotFound"),
        ("1 / 0", "index.handler", "ZeroDivisionError"),
        ("def handler(e, c): return {1, 2}", "index.handler", "Runtime.MarshalError"),
        ("def handler(e, c): raise SystemExit(3)", "index.handler", "Runtime.ExitError"),
        ("def handler(e, c): b'.' * 300_000_000", "index.handler", "Runtime.OutOfMemory"),
        ("import time\ndef handler(e, c): time.sleep(9)", "index.handler", "Sandbox.Timedout"),
    ],
)
def test_a_failure_of_the_runtime_has_awss_name(
    corrected: Account, plain: Account, source: str, handler: str, error_type: str
) -> None:
    def told(account: Account) -> Any:
        name = unique("function")
        account.functions.create_function(
            FunctionName=name,
            Runtime="python3.14",
            Handler=handler,
            Role=account.role("lambda"),
            Code={"ZipFile": archive({"index.py": source})},
            Timeout=1,
        )
        answer, failed = account.invoke(name)
        return answer["errorType"] if failed else None

    assert told(corrected) == error_type
    if error_type != "Sandbox.Timedout":  # ministack has this one right
        assert told(plain) != error_type, f"ministack tells {error_type} now"


def test_a_function_works_again_after_its_process_was_lost(corrected: Account) -> None:
    function = corrected.function(
        "def handler(event, context):\n if event.get('exit'): raise SystemExit(1)\n return 1"
    )

    assert corrected.invoke(function, {"exit": 1})[1]
    assert corrected.invoke(function) == (1, False)


def test_a_function_has_its_bundle_and_boto3_alone(corrected: Account, plain: Account) -> None:
    source = """
import importlib.util, sys
def handler(event, context):
    return [name for name in event if importlib.util.find_spec(name)]
"""
    asked = ["boto3", "index", "json", "local_aws", "ministack", "numpy", "pydantic", "pytest"]

    assert corrected.invoke(corrected.function(source), asked) == (
        ["boto3", "index", "json"],
        False,
    )
    found, _ = plain.invoke(plain.function(source), asked)
    assert "numpy" in found, "ministack keeps its packages to itself now"


def test_a_function_does_not_see_the_emulators_environment(
    corrected: Account, plain: Account
) -> None:
    source = "import os\ndef handler(event, context): return dict(os.environ)"
    mine = {"Variables": {"STAGE": "test"}}

    seen, _ = corrected.invoke(corrected.function(source, Environment=mine))

    assert seen["STAGE"] == "test"
    assert not {"AUTH", "VIRTUAL_ENV", "PYTHONPATH", "USER"} & seen.keys()
    assert seen["AWS_ACCESS_KEY_ID"] != corrected.variables["AWS_ACCESS_KEY_ID"]
    assert corrected.variables["AWS_SECRET_ACCESS_KEY"] not in seen.values()
    assert "AUTH" in plain.invoke(plain.function(source))[0], "ministack hides its environment now"


def test_a_function_has_temporary_files_of_its_own(corrected: Account, plain: Account) -> None:
    source = """
import os, tempfile
def handler(event, context):
    open(os.path.join(tempfile.gettempdir(), event), "w").close()
    return os.listdir(tempfile.gettempdir())
"""

    def seen_by_the_second(account: Account) -> list[str]:
        account.invoke(account.function(source), "one")
        return account.invoke(account.function(source), "two")[0]

    assert seen_by_the_second(corrected) == ["two"]
    assert "one" in seen_by_the_second(plain), "ministack separates temporary files now"


def test_what_a_function_prints_is_its_log_and_never_its_answer(
    corrected: Account, plain: Account
) -> None:
    source = """
import os
def handler(event, context):
    os.write(1, b'{"status": "ok", "result": "printed"}\\n' * 300)
    return "returned"
"""

    assert corrected.invoke(corrected.function(source)) == ("returned", False)
    assert plain.invoke(plain.function(source))[0] != "returned", "ministack keeps both apart now"


def test_the_log_has_what_was_printed(corrected: Account) -> None:
    function = corrected.function("def handler(event, context): print('seen', event)")
    corrected.invoke(function, [1])

    logs = corrected.logs.filter_log_events(
        logGroupName=f"/aws/lambda/{function.rsplit(':', 1)[-1]}"
    )

    assert "seen [1]" in [event.get("message") for event in logs["events"]]


@pytest.mark.parametrize("action", ["logs:CreateLogStream", "logs:PutLogEvents"])
def test_the_log_needs_the_roles_permission(
    corrected: Account, plain: Account, action: str
) -> None:
    def is_logged(account: Account) -> bool:
        deny = {"Effect": "Deny", "Action": action, "Resource": "*"}
        function = account.function(
            "def handler(event, context): pass", account.role("lambda", [ALLOW_ALL, deny])
        )
        account.invoke(function)
        group = f"/aws/lambda/{function.rsplit(':', 1)[-1]}"
        return bool(account.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"])

    assert not is_logged(corrected)
    assert is_logged(plain), "ministack asks for the permission now"


def test_a_function_acts_as_its_role(corrected: Account) -> None:
    function = corrected.function(
        """
import boto3
def handler(event, context):
    boto3.client("s3").list_buckets()
""",
        corrected.role("lambda", []),
    )

    answer, failed = corrected.invoke(function)

    assert failed
    assert "s3:ListAllMyBuckets" in answer["errorMessage"]


@pytest.mark.parametrize("size", [6_291_457, 10_000_000])
def test_a_request_that_is_too_large_is_refused(
    corrected: Account, plain: Account, size: int
) -> None:
    def code(account: Account) -> str | None:
        function = account.function("def handler(event, context): return 1", MemorySize=512)
        try:
            account.functions.invoke(FunctionName=function, Payload=json.dumps("." * (size - 2)))
        except ClientError as error:
            return error.response.get("Error", {}).get("Code")
        return None

    assert code(corrected) == "RequestTooLargeException"
    assert code(plain) is None, "ministack bounds requests now"


def test_an_answer_that_is_too_large_is_an_error(corrected: Account, plain: Account) -> None:
    source = "def handler(event, context): return '.' * 6_291_600"

    answer, _ = corrected.invoke(corrected.function(source, MemorySize=512))

    assert answer["errorType"] == "Function.ResponseSizeTooLarge"
    assert not plain.invoke(plain.function(source, MemorySize=512))[1], "ministack bounds answers"


def test_a_large_request_and_answer_pass(corrected: Account) -> None:
    function = corrected.function("def handler(event, context): return event", MemorySize=512)
    text = "." * 6_000_000

    assert corrected.invoke(function, text) == (text, False)


def test_a_role_that_does_not_trust_lambda_is_refused(corrected: Account, plain: Account) -> None:
    source = "def handler(event, context): return 1"

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        corrected.function(source, corrected.role("states"))
    assert plain.function(source, plain.role("states")), "ministack asks for trust now"


def test_a_role_that_trusts_lambda_no_longer_fails_the_invocation(
    corrected: Account, plain: Account
) -> None:
    def invoke_without_trust(account: Account) -> None:
        role = account.role("lambda")
        function = account.function("def handler(event, context): return 1", role)
        account.distrust(role)
        account.invoke(function)

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        invoke_without_trust(corrected)
    invoke_without_trust(plain)


def test_a_busy_function_ends_with_the_emulator() -> None:
    """A process that is killed cannot end its children: they notice."""
    with up() as (process, port):
        account = Account(client_environment(os.environ, port))
        function = account.function(
            "import os, time\ndef handler(e, c): print(os.getpid(), flush=True); time.sleep(60)",
            Timeout=60,
        )
        account.functions.invoke(FunctionName=function, InvocationType="Event")
        wait_for(lambda: bool(children(process.pid)), "the start of the function")
        busy = children(process.pid)

        process.send_signal(signal.SIGKILL)

        wait_for(lambda: not any(map(is_alive, busy)), "the end of the function")
