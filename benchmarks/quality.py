"""Quality: F1 on MNIST's 10,000 test records, "is it a 0", over ten seeds.

``python -m benchmarks.quality``: trained on 50,000 records, model, epoch and
threshold chosen on 10,000 others, with one BLAS thread, as ``train`` has it:
the first seed is its own. The test split is looked at here alone. The published
run of the notebook on the built-in algorithm has F1 .9524.
"""

import statistics

from benchmarks.training import mnist
from contract.hyperparameters import parse
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.selection.rates import count, f_beta
from linear_learner.training.fit import CONTAINER_SEED, fit

SEEDS = range(CONTAINER_SEED, CONTAINER_SEED + 10)
AT_LEAST = 0.955
PUBLISHED = (931, 44, 49)
"""True positives, false positives and false negatives of the notebook's run."""


def main() -> None:
    """Measure and print."""
    data = mnist()
    train, validation = (HeldSource(name, Records(*data[name])) for name in ("train", "validation"))
    test = data["test"]
    given = parse({"predictor_type": "binary_classifier", "mini_batch_size": "200"})
    scores: list[float] = []
    print(f"{'':<10}{'F1':>8}{'TP':>6}{'FP':>6}{'FN':>6}")
    for seed in SEEDS:
        model = fit(train, given, validation, seed=seed)
        counts = count(model.scores(test.features), test.labels, model.threshold)
        hits, false = int(counts.true_positives[0]), int(counts.false_positives[0])
        scores.append(float(f_beta(counts, 1)[0]))
        missed = counts.positives - hits
        print(f"{f'seed {seed}':<10}{scores[-1]:>8.4f}{hits:>6}{false:>6}{missed:>6}")
    hits, false, missed = PUBLISHED
    published = 2 * hits / (2 * hits + false + missed)
    print(f"{'published':<10}{published:>8.4f}{hits:>6}{false:>6}{missed:>6}")
    mean, spread = statistics.mean(scores), statistics.stdev(scores)
    print(f"F1 {mean:.4f}, standard deviation {spread:.4f} (at least {AT_LEAST})")


if __name__ == "__main__":
    main()
