"""The metrics of one model on the records of one channel."""

from typing import Final, Protocol

import numpy as np

from linear_learner.arrays import Floats
from linear_learner.data.source import Source
from linear_learner.model import LinearModel
from linear_learner.selection.binary import BinaryMetrics
from linear_learner.selection.multiclass import MulticlassMetrics
from linear_learner.selection.pieces import pieces
from linear_learner.selection.regression import RegressionMetrics
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.losses import Loss, parameter_of

DEFAULT_TOP_K: Final = 3


class Metrics(Protocol):
    """Metrics of a predictor, from outputs that come piece by piece."""

    def add(self, outputs: Floats, labels: Floats) -> None:
        """Take note of outputs, shape (records, k), and labels, shape (records,)."""
        ...

    def result(self) -> dict[str, float]:
        """Return the metrics by the log's names, in its order."""
        ...


def evaluate(model: LinearModel, source: Source, loss: Loss | None = None) -> dict[str, float]:
    """Return the metrics by the names and in the order in which the log has them.

    Parameters
    ----------
    model
        With its threshold.
    source
        Records, passed over once.
    loss
        Of outputs and labels as they are. By default the model's, with its
        parameter in units of the label; a regressor is trained with it in
        units of the normalised label.
    """
    loss = _loss_of(model) if loss is None else loss
    class_weight = _class_weight_of(model)
    metrics = _metrics_of(model)
    models = LinearModels(model.weights, model.bias, len(model.bias))
    total, records = 0.0, 0
    for piece in pieces(source, len(model.bias)):
        outputs = models.outputs(piece.features)
        metrics.add(outputs, piece.labels)
        total += float(loss.total(outputs, piece.labels, class_weight)[0])
        records += len(piece)
    return {loss.objective: loss.objective_factor * total / records, **metrics.result()}


def _loss_of(model: LinearModel) -> Loss:
    name = parameter_of(model.loss_type)
    return Loss(model.loss_type, 0.0 if name is None else getattr(model, name))


def _class_weight_of(model: LinearModel) -> Floats:
    weights = {
        "binary_classifier": (1.0, model.positive_example_weight_mult or 1.0),
        "multiclass_classifier": model.class_weights or (1.0,) * len(model.bias),
    }
    return np.array([weights.get(model.predictor_type, (1.0,))], np.float32)


def _metrics_of(model: LinearModel) -> Metrics:
    beta = 1.0 if model.f_beta is None else model.f_beta
    match model.predictor_type:
        case "binary_classifier":
            return BinaryMetrics(model, beta)
        case "multiclass_classifier":
            top_k = model.accuracy_top_k or DEFAULT_TOP_K
            return MulticlassMetrics(len(model.bias), top_k, beta)
        case _:
            return RegressionMetrics()
