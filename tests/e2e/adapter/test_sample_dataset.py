"""The dataset that an execution without input reads is where AWS has it."""

from pathlib import Path

from data_prep.datasets import load
from local_aws.sample_dataset import BUCKET, KEY
from tests.e2e.adapter.account import Account

SIZE = """
import boto3
def handler(event, context):
    return boto3.client("s3").head_object(Bucket=event[0], Key=event[1])["ContentLength"]
"""


def test_it_is_the_whole_of_mnist(corrected: Account, tmp_path: Path) -> None:
    copy = tmp_path / "mnist.pkl.gz"
    corrected.s3.download_file(BUCKET, KEY, str(copy))

    splits = load(copy)

    assert [len(labels) for _, labels in splits] == [50_000, 10_000, 10_000]


def test_any_role_may_read_it_that_its_account_lets(corrected: Account) -> None:
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}
    size = corrected.s3.head_object(Bucket=BUCKET, Key=KEY)["ContentLength"]

    def answer(statements: list[dict[str, str]]) -> tuple[object, bool]:
        function = corrected.function(SIZE, corrected.role("lambda", statements))
        return corrected.invoke(function, [BUCKET, KEY])

    assert answer([read]) == (size, False)
    assert answer([read, deny])[1]
