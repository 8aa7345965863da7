"""The estimator's options: F1 on MNIST's 10,000 test records, "is it a 0", over ten seeds.

``python -m benchmarks.library``: averaging and blending, which go beyond the
built-in algorithm, beside the faithful default and scikit-learn's
LogisticRegression. Trained on 50,000 records; model, epoch and threshold (the
peer: C) chosen on 10,000 others. The test split is looked at here alone.
"""

import statistics
from importlib import import_module
from typing import Any

from benchmarks.training import mnist
from linear_learner import LinearLearner

SEEDS = range(10)
OPTIONS: dict[str, dict[str, Any]] = {
    "the built-in's way": {},
    "averaging, blending 8": {"averaging": True, "blending": 8},
    "the same, hinge_loss": {"averaging": True, "blending": 8, "loss": "hinge_loss"},
}
AT_LEAST = {
    "the built-in's way": 0.957,
    "averaging, blending 8": 0.960,
    "the same, hinge_loss": 0.960,
}
STRENGTHS = (0.01, 0.1, 1.0)


def main() -> None:
    """Measure and print."""
    linear_model: Any = import_module("sklearn.linear_model")
    metrics: Any = import_module("sklearn.metrics")
    train, validation, test = mnist().values()

    def f1(fitted: Any) -> float:  # noqa: ANN401 - an estimator
        return float(metrics.f1_score(test.labels, fitted.predict(test.features)))

    print(f"{'':<24}{'F1':>8}{'spread':>8}{'at least':>10}")
    for name, options in OPTIONS.items():
        scores = [
            f1(
                LinearLearner(mini_batch_size=200, random_state=seed, **options).fit(
                    train.features, train.labels, X_val=validation.features, y_val=validation.labels
                )
            )
            for seed in SEEDS
        ]
        mean, spread = statistics.mean(scores), statistics.stdev(scores)
        print(f"{name:<24}{mean:>8.4f}{spread:>8.4f}{AT_LEAST[name]:>10.3f}")
    peers: list[Any] = [
        linear_model.LogisticRegression(C=strength, max_iter=200).fit(train.features, train.labels)
        for strength in STRENGTHS
    ]
    best = max(peers, key=lambda peer: peer.score(validation.features, validation.labels))
    print(f"{'LogisticRegression':<24}{f1(best):>8.4f}")


if __name__ == "__main__":
    main()
