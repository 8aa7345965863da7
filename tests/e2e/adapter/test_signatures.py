"""Signatures: nobody gets by without one, nor root with a wrong one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.e2e.adapter.account import Account, unique

CALLS: dict[str, Callable[[Account], Any]] = {
    "iam": lambda account: account.iam.list_users(),
    "lambda": lambda account: account.functions.list_functions(),
    "s3": lambda account: account.s3.list_buckets(),
    "sagemaker": lambda account: account.client("sagemaker").list_models(),
    "stepfunctions": lambda account: account.states.list_state_machines(),
}


def unsigned(account: Account, method: str, path: str, **headers: str) -> int:
    """Return the status of a request that nobody signed."""
    with urllib3.PoolManager(ca_certs=account.variables["AWS_CA_BUNDLE"], retries=False) as pool:
        url = account.variables["AWS_ENDPOINT_URL"] + path
        return pool.request(method, url, body=b"{}", headers=headers).status


def presigned(account: Account) -> str:
    """Return the path of a link to an object that root has signed."""
    bucket = unique("bucket")
    account.s3.create_bucket(Bucket=bucket)
    account.s3.put_object(Bucket=bucket, Key="key", Body=b"secret")
    place = {"Bucket": bucket, "Key": "key"}
    link = account.s3.generate_presigned_url("get_object", Params=place)
    return link.removeprefix(account.variables["AWS_ENDPOINT_URL"])


@pytest.mark.parametrize("service", CALLS)
def test_roots_signature_is_checked(corrected: Account, plain: Account, service: str) -> None:
    def forged(account: Account) -> Account:
        secret = {"AWS_SECRET_ACCESS_KEY": "guessed"}
        return replace(account, variables={**account.variables, **secret})

    with pytest.raises(ClientError, match=r"InvalidSignature|SignatureDoesNotMatch"):
        CALLS[service](forged(corrected))
    CALLS[service](corrected)
    if service != "sagemaker":
        CALLS[service](forged(plain))


def test_an_unsigned_request_is_nobodys(corrected: Account, plain: Account) -> None:
    call = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    metadata = "/latest/meta-data/iam/security-credentials/"

    assert unsigned(corrected, "POST", "/", **call) == 400
    assert unsigned(corrected, "POST", "/endpoints/e/invocations") >= 400
    assert unsigned(corrected, "GET", metadata) == 403, "who asks gets a role's credentials"
    assert unsigned(plain, "GET", metadata) == 200


def test_a_link_is_as_good_as_its_signature(corrected: Account) -> None:
    link = presigned(corrected)

    assert unsigned(corrected, "GET", link) == 200
    assert unsigned(corrected, "GET", link.replace("Signature=", "Signature=A")) == 403


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("PUT", "/{}")])
def test_no_account_lists_or_makes_buckets_for_nobody(
    corrected: Account, plain: Account, method: str, path: str
) -> None:
    path = path.format(unique("bucket"))

    assert unsigned(corrected, method, path) == 403
    assert unsigned(plain, method, path) == 200
