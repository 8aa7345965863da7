"""Models to serve, of each predictor."""

import numpy as np

from linear_learner.model import LinearModel

FEATURES = 6


def model(predictor: str, loss: str, outputs: int = 1, features: int = FEATURES) -> LinearModel:
    random = np.random.default_rng(0)
    return LinearModel(
        weights=random.normal(size=(features, outputs)).astype(np.float32),
        bias=random.normal(size=outputs).astype(np.float32),
        predictor_type=predictor,
        loss_type=loss,
        threshold=0.4,
    )


BINARY = model("binary_classifier", "logistic")
HINGE = model("binary_classifier", "hinge_loss")
MULTICLASS = model("multiclass_classifier", "softmax_loss", 4)
REGRESSOR = model("regressor", "squared_loss")
MODELS = {"binary": BINARY, "hinge": HINGE, "multiclass": MULTICLASS, "regressor": REGRESSOR}

RECORDS = np.random.default_rng(1).normal(size=(50, FEATURES)).astype(np.float32)
