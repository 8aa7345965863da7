import pytest

from local_aws.platform import AwsError
from local_aws.sagemaker.images import program


@pytest.mark.parametrize(
    "image",
    [
        "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
        "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/linear-learner:latest",
        "438346466558.dkr.ecr.eu-west-1.amazonaws.com/linear-learner@sha256:0",
    ],
)
def test_the_built_in_linear_learner_of_any_region_is_ours(image: str) -> None:
    assert program(image) == "linear_learner"


@pytest.mark.parametrize(
    "image",
    [
        "382416733822.dkr.ecr.us-east-1.amazonaws.com/xgboost:1",
        "linear-learner:1",
        "382416733822.dkr.ecr.us-east-1.amazonaws.com/mine/linear-learner:1",
    ],
)
def test_another_image_is_refused_by_name(image: str) -> None:
    with pytest.raises(AwsError, match=f'no program for the image "{image}"') as refusal:
        program(image)
    assert refusal.value.code == "ValidationException"
