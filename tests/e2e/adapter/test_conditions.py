"""Condition keys, as policies of roles see them."""

from tests.e2e.adapter.account import Account, Statement

LIST_MODELS: Statement = {
    "Resource": "arn:aws:states:::aws-sdk:sagemaker:listModels",
    "Arguments": {},
}
LIST_FUNCTIONS = """
import boto3
def handler(event, context):
    return len(boto3.client("lambda").list_functions()["Functions"])
"""

PUT_METRIC = """
import boto3
def handler(event, context):
    data = [{"MetricName": "a", "Value": 1}]
    boto3.client("cloudwatch").put_metric_data(Namespace=event, MetricData=data)
"""


def role(account: Account, service: str, action: str) -> str:
    """Make a role that may do something if the principal is a role, and not a session of one."""
    condition = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
    return account.role(service, [statement])


def test_the_principal_of_a_session_is_its_role(corrected: Account, plain: Account) -> None:
    def lists(account: Account) -> bool:
        function = account.function(LIST_FUNCTIONS, role(account, "lambda", "lambda:ListFunctions"))
        _, failed = account.invoke(function)
        return not failed

    assert lists(corrected)
    assert not lists(plain)


def test_the_principal_of_a_task_is_the_machines_role(corrected: Account) -> None:
    ended = corrected.task(LIST_MODELS, role(corrected, "states", "sagemaker:ListModels"))

    assert ended["status"] == "SUCCEEDED", ended


def test_a_metric_is_put_into_a_namespace(corrected: Account, plain: Account) -> None:
    def puts(account: Account, namespace: str) -> bool:
        allowed = {"StringLike": {"cloudwatch:namespace": "/mine/*"}}
        statement = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
        role = account.role("lambda", [{**statement, "Condition": allowed}])
        _, failed = account.invoke(account.function(PUT_METRIC, role), namespace)
        return not failed

    assert puts(corrected, "/mine/own")
    assert not puts(corrected, "/others")
    assert not puts(plain, "/mine/own")
