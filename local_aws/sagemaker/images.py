"""Which program stands for which container image."""

import re
from typing import Final

from local_aws.sagemaker.resources import invalid

_PROGRAMS: Final = {"linear-learner": "linear_learner"}
"""The Python module that is run for an image, by the image's repository in ECR."""

_ECR_IMAGE: Final = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)(?:[:@].+)?"
)


def program(image: str) -> str:
    """Return the module to run for an image, whatever its registry and tag.

    Raises
    ------
    AwsError
        ``ValidationException`` for an image that nothing here stands for.
    """
    found = _ECR_IMAGE.fullmatch(image)
    if found is None or found["repository"] not in _PROGRAMS:
        known = ", ".join(sorted(_PROGRAMS))
        raise invalid(
            f'The embedded SageMaker has no program for the image "{image}". '
            f"It knows images in ECR of these repositories: {known}."
        )
    return _PROGRAMS[found["repository"]]
