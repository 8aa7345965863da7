"""An open Linear Learner: behind SageMaker's container contract, and as a library.

``python -m linear_learner train|serve`` reads and writes the files, formats,
log lines and answers of Amazon's built-in algorithm. `LinearLearner` is an
estimator of scikit-learn.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linear_learner.estimator import LinearLearner

__all__ = ["LinearLearner"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - of any module
    """Import the estimator when it is asked for: `serve` starts without scikit-learn."""
    if name == "LinearLearner":
        from linear_learner.estimator import LinearLearner  # noqa: PLC0415 - see above

        return LinearLearner
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
