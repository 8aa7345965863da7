import pytest

from cli.aws import Aws


@pytest.mark.parametrize(
    ("region", "begin"),
    [
        ("eu-central-1", "https://eu-central-1.console.aws.amazon.com/states/home?"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/states/home?"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/states/home?"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_links_lead_to_the_console_of_the_partition(region: str, begin: str) -> None:
    link = Aws(region=region).execution_link("arn")
    assert link is not None
    assert link.startswith(begin)
