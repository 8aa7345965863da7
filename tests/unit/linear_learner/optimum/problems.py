"""What is minimised on scikit-learn's small datasets, and how far a trained model is from it.

The objective is the mean loss + wd / 2 * the squares of the weights + l1 *
their absolute values, of the weights on scaled features; the bias is free.
Features, and a regressor's labels, are scaled to mean 0 and deviation 1.
"""

# scikit-learn and SciPy have no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

from contract.hyperparameter_table import LOSSES, PredictorType
from contract.hyperparameters import parse
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.training.fit import fit
from tests.unit.linear_learner.optimum.convex import Loss, minimum

Array = NDArray[np.float64]

DATASETS: Final = ("diabetes", "breast_cancer", "digits", "wine")
REGRESSOR: Final = "regressor"
BINARY: Final = "binary_classifier"
MULTICLASS: Final = "multiclass_classifier"


_USED: Final[Mapping[PredictorType, tuple[str, ...]]] = {
    # Of the classifiers' datasets, a regressor learns the number of the class.
    REGRESSOR: DATASETS,
    # Of several classes, a binary classifier tells the first from the others.
    BINARY: DATASETS[1:],
    MULTICLASS: DATASETS[2:],
}


class Case(NamedTuple):
    """A loss on a dataset, with an L2 penalty."""

    dataset: str
    predictor_type: str
    loss: str
    wd: float


CASES: Final = tuple(
    Case(dataset, predictor_type, loss, wd)
    for predictor_type, used in _USED.items()
    for dataset in used
    for loss in LOSSES[predictor_type]
    for wd in (1e-2, 1e-4)
)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Scaled records, with what they were scaled by."""

    predictor_type: str
    features: Array
    labels: Array
    mean: Array
    factor: Array
    label_mean: float
    label_factor: float
    raw: Records

    @property
    def classes(self) -> int:
        """Outputs of a model."""
        return int(self.labels.max()) + 1 if self.predictor_type == MULTICLASS else 1

    def steps(self, epochs: int, batch: int) -> int:
        """Count the optimizer's steps."""
        return epochs * -(-len(self.labels) // batch)

    def objective(
        self, loss: str, weights: Array, bias: Array, *, wd: float = 0, l1: float = 0
    ) -> float:
        """Return the objective of weights, shape (features, outputs), on scaled features."""
        values, _ = Loss(loss, smoothing=0)(self.features @ weights + bias, self.labels)
        return float(values.mean() + wd / 2 * np.square(weights).sum() + l1 * np.abs(weights).sum())

    def at_zero(self, loss: str) -> float:
        """Return the objective of a model that is 0 throughout."""
        width = self.features.shape[1]
        return self.objective(loss, np.zeros((width, self.classes)), np.zeros(self.classes))

    def train(self, loss: str, hyperparameters: Mapping[str, object]) -> tuple[Array, Array]:
        """Train one model, and return its weights on scaled features, and its bias."""
        given: dict[str, Any] = {
            "predictor_type": self.predictor_type,
            "loss": loss,
            "num_models": 1,
            "l1": 0,
            "early_stopping_patience": 10_000,
            **({"num_classes": self.classes} if self.predictor_type == MULTICLASS else {}),
            **hyperparameters,
        }
        texts = {name: str(value) for name, value in given.items()}
        model = fit(HeldSource("train", self.raw), parse(texts), seed=0)
        weights, bias = model.weights.astype(np.float64), model.bias.astype(np.float64)
        bias = (bias + self.mean @ weights - self.label_mean) * self.label_factor
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = weights / self.factor[:, np.newaxis] * self.label_factor
        return np.where(self.factor[:, np.newaxis] > 0, scaled, 0), bias


@cache
def problem(dataset: str, predictor_type: str) -> Problem:
    """Return a dataset, scaled in float64."""
    bunch = getattr(datasets, f"load_{dataset}")()
    raw = bunch.data.astype(np.float32)
    labels = bunch.target.astype(np.float32)
    if predictor_type == BINARY and labels.max() > 1:
        labels = (labels == 0).astype(np.float32)
    features = raw.astype(np.float64)
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    factor = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    regressor = predictor_type == REGRESSOR
    label_mean = float(labels.mean(dtype=np.float64)) if regressor else 0.0
    label_factor = float(1 / labels.std(dtype=np.float64)) if regressor else 1.0
    return Problem(
        predictor_type=predictor_type,
        features=(features - mean) * factor,
        labels=(labels.astype(np.float64) - label_mean) * label_factor,
        mean=mean,
        factor=factor,
        label_mean=label_mean,
        label_factor=label_factor,
        raw=Records(raw, labels),
    )


@cache
def optimum(case: Case) -> float:
    """Return the least objective, or a little less: nothing is below."""
    asked = problem(case.dataset, case.predictor_type)
    return minimum(case.loss, asked.features, asked.labels, case.wd, asked.classes)
