"""The metrics of one model on the records of one channel."""

import numpy as np

from linear_learner.data.dataset import Dataset
from linear_learner.model import LinearModel
from linear_learner.selection.rates import accuracy, count, f_beta, precision, recall, roc_auc


def evaluate(model: LinearModel, data: Dataset) -> dict[str, float]:
    """Return the metrics by the names and in the order in which the log has them.

    Parameters
    ----------
    model
        With its threshold.
    data
        Records of both classes.
    """
    outputs = model.outputs(data.features)
    scores = model.loss.score(outputs)
    counts = count(scores, data.labels, model.threshold)
    weight = np.array([model.positive_example_weight_mult], np.float32)
    total = model.loss.total(outputs[:, np.newaxis], data.labels, weight)
    return {
        model.loss.objective: float(total[0]) / data.records,
        "binary_classification_accuracy": float(accuracy(counts)[0]),
        f"binary_f_{model.f_beta:.3f}": float(f_beta(counts, model.f_beta)[0]),
        "precision": float(precision(counts)[0]),
        "recall": float(recall(counts)[0]),
        "roc_auc_score": roc_auc(scores, data.labels),
    }
