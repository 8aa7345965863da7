"""Settings that reach the optimum, and how near: one of three recipes for every case.

Of all, the learning rate falls by the same factor at every step, and batches
have 32 records; of each, the epochs are stated.
"""

from typing import Final, NamedTuple

from tests.unit.linear_learner.optimum.problems import BINARY, REGRESSOR, Case, problem

BATCH: Final = 32
WITHIN: Final = 1.01
"""At most so many times the optimum, after 15 epochs."""

SHARE: Final = 0.01
"""Elsewhere: at most so much above the optimum, as a share of the objective at zero."""


class Recipe(NamedTuple):
    """Epochs, first learning rate, what it falls to as a share of that, and Adam's beta_2."""

    epochs: int
    learning_rate: float
    falls_to: float
    beta_2: float

    def hyperparameters(self, case: Case) -> dict[str, object]:
        """Return the hyperparameters for a case."""
        steps = problem(case.dataset, case.predictor_type).steps(self.epochs, BATCH)
        return {
            "wd": case.wd,
            "mini_batch_size": BATCH,
            "epochs": self.epochs,
            "learning_rate": self.learning_rate,
            "lr_scheduler_step": 1,
            "lr_scheduler_factor": self.falls_to ** (1 / steps),
            "lr_scheduler_minimum_lr": 1e-7,
            "beta_2": self.beta_2,
            "bias_lr_mult": 1,
        }


REGRESSION: Final = Recipe(15, 0.2, 0.01, 0.9)
LOGISTIC: Final = Recipe(15, 0.1, 0.03, 0.9)
PATIENT: Final = Recipe(200, 0.05, 0.01, 0.99)

LASSO: Final = {
    "wd": 0,
    "epochs": 1000,
    "optimizer": "sgd",
    "momentum": 0.9,
    "learning_rate": 0.05,
    "use_lr_scheduler": "false",
    "bias_lr_mult": 1,
}
"""With all records at once: what is noise in a batch moves weights off zero."""


def recipe(case: Case) -> Recipe:
    """Return the recipe for a case."""
    # A regressor of breast cancer's classes has features that are nearly alike: 15 epochs
    # end 1.02 times the optimum.
    if case.predictor_type == REGRESSOR and case.dataset != "breast_cancer":
        return REGRESSION
    if case.predictor_type == BINARY and case.loss == "logistic" and case.wd >= 0.01:
        return LOGISTIC
    return PATIENT
