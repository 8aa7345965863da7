"""What SageMaker's errors mean, told by their words."""

import pytest
from botocore.exceptions import ClientError

from lambdas.sagemaker_errors import is_busy, is_missing, is_over

NAME = '"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/live"'


def error(message: str, code: str = "ValidationException") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "AnyOperation")


@pytest.mark.parametrize(
    ("found", "meanings"),
    [
        (error(f"Could not find endpoint {NAME}."), {"missing"}),
        (error(f"Could not find endpoint configuration {NAME}."), {"missing"}),
        (error(f"Could not find model {NAME}."), {"missing"}),
        (error("Requested resource not found."), {"missing"}),
        (error("Requested resource not found.", "ResourceNotFound"), {"missing"}),
        (error(f"Cannot update in-progress endpoint {NAME}."), {"busy"}),
        (error(f"Cannot create already existing endpoint {NAME}."), {"busy"}),
        (
            error("The request was rejected because the training job is in status Completed."),
            {"over"},
        ),
        (error("1 validation error detected: Could not find it"), set[str]()),
        (error("Could not find endpoint", "AccessDeniedException"), set[str]()),
        (error("Rate exceeded", "ThrottlingException"), set[str]()),
    ],
)
def test_an_error_means_what_its_words_say(found: ClientError, meanings: set[str]) -> None:
    tests = {"missing": is_missing, "busy": is_busy, "over": is_over}
    assert {meaning for meaning, means in tests.items() if means(found)} == meanings
