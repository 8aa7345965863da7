"""The metrics of one model on the records of one channel."""

import numpy as np

from linear_learner.data.dataset import Dataset
from linear_learner.model import LinearModel
from linear_learner.selection.rates import accuracy, count, f_beta, precision, recall, roc_auc
from linear_learner.training.old_losses import LOSSES


def evaluate(model: LinearModel, data: Dataset) -> dict[str, float]:
    """Return the metrics by the names and in the order in which the log has them.

    Parameters
    ----------
    model
        With its threshold.
    data
        Records of both classes.
    """
    loss = LOSSES[model.loss_type]
    outputs = model.outputs(data.features)
    scores = model.scores(data.features)
    beta = model.f_beta or 1.0
    counts = count(scores, data.labels, model.threshold)
    weight = np.array([model.positive_example_weight_mult or 1], np.float32)
    total = loss.total(outputs, data.labels, weight)
    return {
        loss.objective: float(total[0]) / data.records,
        "binary_classification_accuracy": float(accuracy(counts)[0]),
        f"binary_f_{beta:.3f}": float(f_beta(counts, beta)[0]),
        "precision": float(precision(counts)[0]),
        "recall": float(recall(counts)[0]),
        "roc_auc_score": roc_auc(scores, data.labels),
    }
