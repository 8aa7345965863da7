"""scikit-learn's own checks of an estimator: all of them pass, none is excused."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from sklearn.utils import estimator_checks

from linear_learner import LinearLearner

LEARNERS = {
    "binary": LinearLearner("binary_classifier"),
    "hinge": LinearLearner("binary_classifier", loss="hinge_loss"),
    "multiclass": LinearLearner("multiclass_classifier"),
    "regressor": LinearLearner("regressor"),
    "blended": LinearLearner("regressor", loss="huber_loss", averaging=True, blending=8),
}

SKIPPED = ("check_array_api_input", "_data_not_an_array")
"""What scikit-learn skips unless pandas is installed and an environment variable is set."""


def checks() -> Iterator[Any]:
    for name, learner in LEARNERS.items():
        generated: Any = cast("Any", estimator_checks).estimator_checks_generator(learner)
        for count, (_, check) in enumerate(generated):
            inner: Any = getattr(check, "func", check)
            if not inner.__name__.endswith(SKIPPED):
                yield pytest.param(learner, check, id=f"{name}-{inner.__name__}-{count}")


@pytest.mark.filterwarnings("error:::linear_learner")
@pytest.mark.parametrize(("learner", "check"), list(checks()))
def test_it_keeps_to_the_conventions(
    learner: LinearLearner, check: Callable[[LinearLearner], None]
) -> None:
    check(learner)
