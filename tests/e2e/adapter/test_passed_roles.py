"""iam:PassRole, for whoever makes a function or a state machine."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.adapter.account import ALLOW_ALL, Account, archive, policy, unique

ALL_BUT_PASSING = [ALLOW_ALL, {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}]
PASSING_TO_ANOTHER = [
    {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}},
    },
]


def as_user(account: Account, statements: list[Any]) -> Account:
    """Return the account as one of its users sees it."""
    name = unique("user")
    account.iam.create_user(UserName=name)
    account.iam.put_user_policy(
        UserName=name, PolicyName="inline", PolicyDocument=policy(statements)
    )
    key = account.iam.create_access_key(UserName=name)["AccessKey"]
    return Account(
        {
            **account.variables,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }
    )


def make_function(account: Account, user: Account) -> None:
    user.functions.create_function(
        FunctionName=unique("function"),
        Runtime="python3.14",
        Handler="index.handler",
        Role=account.role("lambda"),
        Code={"ZipFile": archive({"index.py": ""})},
    )


def change_function(account: Account, user: Account) -> None:
    function = account.function("")
    user.functions.update_function_configuration(FunctionName=function, Role=account.role("lambda"))


def make_machine(account: Account, user: Account) -> None:
    user.machine({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, account.role("states"))


def change_machine(account: Account, user: Account) -> None:
    machine = account.machine({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    user.states.update_state_machine(stateMachineArn=machine, roleArn=account.role("states"))


MAKE = [make_function, change_function, make_machine, change_machine]


@pytest.mark.parametrize("make", MAKE)
@pytest.mark.parametrize("statements", [ALL_BUT_PASSING, PASSING_TO_ANOTHER])
def test_passing_a_role_needs_permission(
    corrected: Account, plain: Account, make: Any, statements: list[Any]
) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        make(corrected, as_user(corrected, statements))
    make(plain, as_user(plain, statements))  # if this is refused, ministack knows PassRole now


@pytest.mark.parametrize("make", MAKE)
def test_who_may_pass_a_role_passes_it(corrected: Account, make: Any) -> None:
    make(corrected, as_user(corrected, [ALLOW_ALL]))
