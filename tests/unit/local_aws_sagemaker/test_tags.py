from collections.abc import Callable
from typing import Any

import pytest

from local_aws.platform import AwsError
from tests.unit.local_aws_sagemaker.surroundings import PREFIX

Call = Callable[..., dict[str, Any]]
ARN = f"{PREFIX}:model/first"


@pytest.fixture
def tagged(call: Call, make_config: Callable[..., str]) -> str:
    make_config("first")
    call("AddTags", ResourceArn=ARN, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    return ARN


def test_tags_are_added_replaced_and_deleted(call: Call, tagged: str) -> None:
    call("AddTags", ResourceArn=tagged, Tags=[{"Key": "a", "Value": "3"}])
    call("DeleteTags", ResourceArn=tagged, TagKeys=["b", "never there"])
    assert call("ListTags", ResourceArn=tagged) == {"Tags": [{"Key": "a", "Value": "3"}]}


def test_more_tags_than_aws_admits_are_refused(call: Call, tagged: str) -> None:
    with pytest.raises(AwsError, match="can have 50 tags; 52 were given"):
        call(
            "AddTags",
            ResourceArn=tagged,
            Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)],
        )
    assert len(call("ListTags", ResourceArn=tagged)["Tags"]) == 2


def test_tags_go_with_the_resource(call: Call, tagged: str) -> None:
    call("DeleteModel", ModelName="first")
    with pytest.raises(AwsError, match="Could not find resource"):
        call("ListTags", ResourceArn=tagged)
