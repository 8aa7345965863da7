"""What a trained estimator answers, and what it tells of its model."""

# X is scikit-learn's name.
# ruff: noqa: N803
# scikit-learn has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit
from sklearn.base import BaseEstimator
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import ClassifierTags, RegressorTags, Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from linear_learner.arrays import Floats
from linear_learner.data.records import Features
from linear_learner.estimator_data import Labels, Matrix, as_features
from linear_learner.estimator_parameters import Parameters
from linear_learner.model import LinearModel

_PROBABILISTIC = ("auto", "logistic", "softmax_loss")


def classifies(parameters: Parameters) -> bool:
    """Tell whether they are a classifier's."""
    return parameters.predictor_type != "regressor"


def _gives_probabilities(parameters: Parameters) -> bool:
    return classifies(parameters) and parameters.loss in _PROBABILISTIC


class Answers(Parameters, BaseEstimator):
    """All of `linear_learner.LinearLearner` that needs no training."""

    model_: LinearModel
    classes_: Labels

    def predict(self, X: Matrix) -> Labels:
        """Return classes or numbers, shape (n_samples,); a binary classifier's by `threshold_`."""
        scores = self._model.scores(self._features(X))
        labels = self._model.labels(scores)
        return scores if labels is None else self.classes_[labels]

    @available_if(classifies)
    def decision_function(self, X: Matrix) -> Floats:
        """Return how far on the side of its class a record is.

        Returns
        -------
        Floats
            Of two classes, shape (n_samples,): the output ``X @ coef_[0] +
            intercept_``, less the output whose score is `threshold_`; above 0
            is ``classes_[1]``. Of more, shape (n_samples, n_classes): the
            outputs, of which the greatest decides.
        """
        outputs = self._model.outputs(self._features(X))
        match outputs.shape[1]:
            case 1:
                return outputs[:, 0] - self._boundary
            case 2:
                return outputs[:, 1] - outputs[:, 0]
            case _:
                return outputs

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Matrix) -> Floats:
        """Return the probability of each class, shape (n_samples, n_classes).

        They do not know of `threshold_`: where it was calibrated to be .3,
        `predict` answers with the positive class from a probability of .3 on.
        """
        scores = self._model.scores(self._features(X))
        return scores if scores.ndim == 2 else np.column_stack([1 - scores, scores])

    def score(self, X: Matrix, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return a classifier's accuracy, or a regressor's coefficient of determination."""
        metric = accuracy_score if classifies(self) else r2_score
        return float(metric(y, self.predict(X), sample_weight=sample_weight))

    @property
    def coef_(self) -> Floats:
        """The weights on raw features."""
        weights = self._per_class(self.model_.weights.T)
        return weights if classifies(self) else weights[0]

    @property
    def intercept_(self) -> Floats | float:
        """What is added to the weighted sum of the features."""
        bias = self._per_class(self.model_.bias[:, np.newaxis])[:, 0]
        return bias if classifies(self) else float(bias[0])

    @property
    def threshold_(self) -> float:
        """The least score that is a binary classifier's positive class."""
        if self.model_.predictor_type != "binary_classifier":
            raise AttributeError(f"a {self.model_.predictor_type} has no threshold_")
        return self.model_.threshold

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn what this is: by `predictor_type`, a classifier or a regressor."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        if classifies(self):
            tags.estimator_type = "classifier"
            multi_class = self.predictor_type == "multiclass_classifier"
            tags.classifier_tags = ClassifierTags(multi_class=multi_class)
        else:
            tags.estimator_type = "regressor"
            tags.regressor_tags = RegressorTags()
        return tags

    @property
    def _model(self) -> LinearModel:
        check_is_fitted(self)
        return self.model_

    @property
    def _boundary(self) -> float:
        """The output whose score is the threshold."""
        threshold = self.threshold_
        if self.model_.loss_type == "logistic":
            return float(logit(np.clip(threshold, 0, 1)))
        return threshold

    def _per_class(self, rows: Floats) -> Floats:
        """Return a row a class, as `coef_` has them: one for two classes."""
        return rows[1:] - rows[:1] if len(rows) == 2 else rows

    def _features(self, X: Matrix) -> Features:
        checked = validate_data(
            self, cast("Any", X), reset=False, accept_sparse="csr", dtype=(np.float64, np.float32)
        )
        return as_features(checked)
