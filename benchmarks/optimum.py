"""How near training comes to the optimum: every loss on scikit-learn's small datasets.

``python -m benchmarks.optimum`` (a minute or two, most of it the convex
solver's): what one model ends at, beside the least that a convex solver finds
in float64 for the same penalty, and with an L1 penalty beside scikit-learn's
Lasso. The problems and the settings are those of the tests.
"""

# scikit-learn has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import logging
import time

import numpy as np
from sklearn.linear_model import Lasso

from tests.unit.linear_learner.optimum.problems import CASES, DATASETS, REGRESSOR, optimum, problem
from tests.unit.linear_learner.optimum.recipes import LASSO, PATIENT, SHARE, WITHIN, recipe

L1 = (0.01, 0.1, 0.3)


def losses() -> None:
    print(f"one model, 32 records a batch; 15 epochs: at most {WITHIN:.2f} x the optimum;")
    print(f"{PATIENT.epochs} epochs: at most {SHARE:.0%} of the objective at zero above it")
    print(f"{'':<70}{'optimum':>9}{'trained':>9}{'ratio':>8}{'above':>8}{'s':>6}")
    for case in CASES:
        asked = problem(case.dataset, case.predictor_type)
        settings = recipe(case)
        started = time.perf_counter()
        weights, bias = asked.train(case.loss, settings.hyperparameters(case))
        seconds = time.perf_counter() - started
        least = optimum(case)
        reached = asked.objective(case.loss, weights, bias, wd=case.wd)
        above = (reached - least) / asked.at_zero(case.loss)
        enough = above <= SHARE if settings == PATIENT else reached <= WITHIN * least
        name = f"{case.dataset:<14}{case.predictor_type:<22}{case.loss:<30}"
        print(
            f"{name}{case.wd:<7g}{settings.epochs:>3} epochs{least:>8.5f}{reached:>9.5f}"
            f"{reached / least:>8.3f}{above:>8.2%}{seconds:>6.2f}{'' if enough else '  MISSED'}"
        )


def lasso() -> None:
    print("with an L1 penalty, all records a batch, 1000 epochs, beside scikit-learn's Lasso")
    print(f"{'':<20}{'l1':>6}{'Lasso':>10}{'trained':>10}{'ratio':>9}  not zero, Lasso and ours")
    for dataset in DATASETS:
        asked = problem(dataset, REGRESSOR)
        for l1 in L1:
            peer = Lasso(alpha=l1, tol=1e-10, max_iter=100_000).fit(asked.features, asked.labels)
            theirs = peer.coef_[:, np.newaxis]
            given = {**LASSO, "l1": l1, "mini_batch_size": len(asked.labels)}
            weights, bias = asked.train("squared_loss", given)
            least = asked.objective("squared_loss", theirs, np.array([peer.intercept_]), l1=l1)
            reached = asked.objective("squared_loss", weights, bias, l1=l1)
            same = "the same" if ((weights == 0) == (theirs == 0)).all() else "MISSED"
            counts = f"{np.count_nonzero(theirs)} and {np.count_nonzero(weights)}"
            print(
                f"{dataset:<20}{l1:>6}{least:>10.5f}{reached:>10.5f}{reached / least:>9.4f}  "
                f"{counts} of {len(theirs)}, {same}"
            )


if __name__ == "__main__":
    logging.disable(logging.INFO)
    losses()
    lasso()
