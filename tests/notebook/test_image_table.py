"""The table of registry accounts against the SDK that Amazon keeps current."""

import json
from pathlib import Path

import pytest
import sagemaker
from sagemaker import image_uris

from infra.images import IMAGE_ACCOUNTS, image_uri

SDK_TABLE = json.loads(
    Path(sagemaker.__file__)
    .with_name("image_uri_config")
    .joinpath("linear-learner.json")
    .read_text()
)


def test_the_table_is_the_sdks() -> None:
    assert dict(IMAGE_ACCOUNTS) == SDK_TABLE["versions"]["1"]["registries"]


@pytest.mark.parametrize("region", IMAGE_ACCOUNTS)
def test_the_uri_is_the_sdks(region: str) -> None:
    expected = image_uris.retrieve("linear-learner", region)
    suffix = expected.partition(f".dkr.ecr.{region}.")[2].partition("/")[0]
    found = image_uri(account=IMAGE_ACCOUNTS[region], region=region, url_suffix=suffix)
    assert found == expected
