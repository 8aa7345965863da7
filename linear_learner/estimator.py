"""Linear Learner as an estimator of scikit-learn."""

# X is scikit-learn's name.
# ruff: noqa: N803
# scikit-learn has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from contract.hyperparameters import TABLE, Hyperparameters
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.errors import ClientError
from linear_learner.estimator_answers import Answers, classifies
from linear_learner.estimator_data import (
    Labels,
    Matrix,
    Pair,
    as_features,
    as_numbers,
    encode,
    find_classes,
    split_off,
)
from linear_learner.estimator_parameters import AUTO
from linear_learner.model import LinearModel
from linear_learner.model_archive import load_model, save_model
from linear_learner.selection.class_weights import count_classes
from linear_learner.training.fit import fit
from linear_learner.training.online import OnlineTraining


class LinearLearner(Answers):
    """Amazon SageMaker's Linear Learner, as an estimator of scikit-learn.

    The parameters are the hyperparameters of the built-in algorithm, by their
    own names; their values are Python's, or the texts of a training job.
    ``"auto"`` means what it means there. They are checked by `fit`, with the
    messages that a training job fails with.

    `fit` does what a training job does: it trains ``num_models`` models side
    by side, keeps the best of them at its best epoch, and calibrates the
    threshold of a binary classifier.

    Parameters
    ----------
    predictor_type : {"binary_classifier", "multiclass_classifier", "regressor"}
        What is predicted. It also tells scikit-learn whether this is a
        classifier or a regressor.
    num_classes : int, default="auto"
        Of a multiclass classifier. A number k: the labels are 0 to k - 1,
        seen or not, as in a training job. ``"auto"``: those in ``y``, of any
        kind.
    feature_dim : int, default="auto"
        Number of features; ``"auto"``: as the data has.
    mini_batch_size : int, default="auto"
        Records in a step of the optimizer. ``"auto"`` goes beyond the
        built-in: its default of 1000, but small enough for 16 steps an epoch,
        and 8 at least, so that little data is learned too.
    epochs : int, default=15
        Most passes over the training data.
    num_models : int, default="auto"
        Models trained side by side; ``"auto"``: a grid over those of
        `learning_rate`, `wd`, `l1` and `lr_scheduler_minimum_lr` that are
        ``"auto"`` themselves; of a multiclass classifier, values that are
        drawn, those of the learning rate's fall too.
    loss : str, default="auto"
        ``"logistic"`` or ``"hinge_loss"``; ``"softmax_loss"``;
        ``"squared_loss"``, ``"absolute_loss"``,
        ``"eps_insensitive_squared_loss"``, ``"eps_insensitive_absolute_loss"``,
        ``"quantile_loss"`` or ``"huber_loss"``. ``"auto"``: the first that
        goes with `predictor_type`.
    optimizer : {"adam", "sgd", "rmsprop"}, default="auto"
        ``"auto"``: adam.
    learning_rate, wd, l1 : float, default="auto"
        Step size, and weights of the L2 and L1 penalties.
    momentum, beta_1, beta_2 : float, default="auto"
        Of sgd, and of adam.
    bias_lr_mult, bias_wd_mult : float, default="auto"
        What `learning_rate` and `wd` are multiplied by for the bias.
    use_bias : bool, default=True
        Whether there is a bias.
    use_lr_scheduler : bool, default=True
        Whether the learning rate falls, every `lr_scheduler_step` steps by
        the factor `lr_scheduler_factor`, down to `lr_scheduler_minimum_lr`.
    lr_scheduler_step : int, default="auto"
    lr_scheduler_factor, lr_scheduler_minimum_lr : float, default="auto"
    init_method : {"uniform", "normal"}, default="uniform"
        How the first weights are drawn, with the width `init_scale` or
        `init_sigma`; the first bias is `init_bias`.
    init_scale, init_sigma, init_bias : float
    normalize_data, normalize_label, unbias_data, unbias_label : bool, default="auto"
        Whether features and a regressor's labels are divided by their
        standard deviation, and their mean subtracted, in training. The
        trained model takes raw features. Sparse features are never shifted.
    num_point_for_scaler : int, default=10000
        Records for these means and standard deviations.
    num_calibration_samples : int, default="auto"
        Most records that models and thresholds are compared on.
    binary_classifier_model_selection_criteria : str, default="auto"
        ``"accuracy"``, ``"f1"``, ``"f_beta"`` (with `f_beta`),
        ``"precision_at_target_recall"`` (with `target_recall`),
        ``"recall_at_target_precision"`` (with `target_precision`),
        ``"cross_entropy_loss"`` or ``"loss_function"``. ``"auto"``: the
        built-in's default of accuracy, where there is validation data.
        Without, the loss, and the likelier class is answered: a tenth of the
        training data, or what was learned from, is little to calibrate on.
    target_recall, target_precision, f_beta : float
    positive_example_weight_mult : float, "balanced" or "auto", default=1.0
        What a record of a binary classifier's positive class counts.
    balance_multiclass_weights : bool, default=False
        Whether the classes of a multiclass classifier weigh the same.
    accuracy_top_k : int, default=3
        Of a metric in the log.
    margin, quantile, huber_delta, loss_insensitivity : float
        Of ``hinge_loss``, ``quantile_loss``, ``huber_loss``, and the
        ``eps_insensitive`` losses.
    early_stopping_patience : int, default=3
        Epochs without improvement that are borne.
    early_stopping_tolerance : float, default=0.001
        The relative change that is an improvement.
    averaging : bool, default=False
        Beyond the built-in: take the mean of all the optimizer's iterates
        instead of the last one, scale features that hardly ever vary less,
        smooth the threshold, and choose a multiclass classifier by its accuracy.
        It is better by a little, and much steadier.
    blending : int, default=1
        Beyond the built-in: take the mean of so many of the best models. The
        result is still one linear model.
    validation_fraction : float, default=None
        Share of the training data to hold back for `fit`'s choices, where it
        is not given ``X_val`` and ``y_val``. None: nothing is.
    random_state : int, RandomState instance or None, default=None
        Of first weights, order and samples. With the same int the same data
        give the same model, bit for bit; 0 is a training job's.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Of a classifier; the last of a binary classifier's is the positive one.
    coef_ : ndarray of shape (1, n_features), (n_classes, n_features) or (n_features,)
        The weights on raw features: of two classes, of more, of a regressor.
    intercept_ : ndarray of shape (1,) or (n_classes,), or float
    threshold_ : float
        The least score that is a yes: a binary classifier's.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Where ``X`` had names of features.

    Examples
    --------
    >>> from linear_learner import LinearLearner
    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> learner = LinearLearner("binary_classifier", random_state=0).fit(X, y)
    >>> bool(learner.score(X, y) > 0.95)
    True
    """

    n_features_in_: int
    _online: OnlineTraining | None = None

    def fit(
        self,
        X: Matrix,
        y: ArrayLike,
        *,
        X_val: Matrix | None = None,
        y_val: ArrayLike | None = None,
    ) -> Self:
        """Train.

        Parameters
        ----------
        X
            Shape (n_samples, n_features).
        y
            Classes or numbers, shape (n_samples,).
        X_val, y_val
            What the best epoch, the best model and the threshold are chosen
            by: a training job's validation channel. Without it a part of the
            training data decides, or, where these are few, all of them.

        Raises
        ------
        ValueError
            If a parameter or the data are refused.
        """
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: expected both or neither")
        train = self._check(X, y, first=True)
        validated = X_val is not None or self.validation_fraction is not None
        given = self._settle(train[1], records=len(train[1]), validated=validated)
        seed = _seed(self.random_state)
        validation = None
        if X_val is not None:
            validation = self._check(X_val, y_val)
            if given.predictor_type == "binary_classifier":
                find_classes(validation[1], given.predictor_type, "y_val")
        elif self.validation_fraction is not None:
            train, validation = split_off(
                train, self.validation_fraction, stratified=classifies(self), seed=seed
            )
        self._online = None
        with _errors_of_values():
            self.model_ = fit(
                self._source("train", *train),
                given,
                None if validation is None else self._source("validation", *validation),
                seed=seed,
                averaging=self.averaging,
                blending=self.blending,
            )
        return self

    def partial_fit(self, X: Matrix, y: ArrayLike, classes: Iterable[Any] | None = None) -> Self:
        """Train on a batch of records, in one pass; the next call goes on from there.

        The first call goes on from the model of `fit` or `load`, if there is one.

        All the models of `num_models` learn. `predict` answers with the one
        that has had the least loss so far on records that it had not learned
        from yet. A binary classifier answers with the likelier class: there
        is nothing to calibrate a threshold on. Parameters that concern epochs
        and validation data are not read.

        Parameters
        ----------
        X
            Shape (n_samples, n_features). The first batch tells how features
            are scaled for good: it should be like those to come.
        y
            Shape (n_samples,).
        classes
            All the classes there are; needed by a classifier that has not
            seen any yet.

        Raises
        ------
        ValueError
            If a parameter or the data are refused.
        """
        classes = None if classes is None else list(classes)
        start = getattr(self, "model_", None)
        if start is not None and start.predictor_type != self.predictor_type:
            raise ValueError(
                f"predictor_type: {self.predictor_type!r}: the model to go on from is a "
                f"{start.predictor_type}; fit trains a new one"
            )
        batch = self._check(X, y, first=start is None)
        known = getattr(self, "classes_", None) if start is not None else classes
        if classes is not None and (known is None or set(classes) != set(known)):
            raise ValueError(f"classes: {classes}: the model to go on from has {known}")
        if self._online is None:
            self._online = self._begin(batch, classes, start)
        with _errors_of_values():
            self.model_ = self._online.learn(self._source("train", *batch), self.blending)
        return self

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the trained model as a training job does; SageMaker can host it.

        It holds what a model of Linear Learner holds: labels are numbers from
        0, in the order of `classes_`, and features have no names. Pickle the
        estimator to keep it as it is.

        Parameters
        ----------
        path
            Of the archive, ``*.tar.gz`` or ``*.tgz``; of a folder that exists,
            to write a ``model_algo-1`` into; or of a file to write the same to.

        Returns
        -------
        Path
            Of the file that was written.
        """
        return save_model(self._model, Path(path))

    @classmethod
    def load(cls, path: str | PathLike[str], *, classes: ArrayLike | None = None) -> Self:
        """Read a trained model: one that `save` wrote, or one that SageMaker trained.

        Parameters
        ----------
        path
            Of a ``model.tar.gz`` or a ``model_algo-1``, whatever they are
            called, or of a folder that holds the latter. They are not trusted:
            nothing is unpickled, nothing unpacked to disk.
        classes
            What the labels 0, 1, … of a classifier stand for; None: themselves.

        Raises
        ------
        ArtifactError
            A ValueError: the file is missing, damaged, or not a model of
            Linear Learner.
        """
        model = load_model(Path(path))
        learner = cls(loss=model.loss_type).set_params(**_told(model))
        learner.n_features_in_ = model.feature_dim
        learner.model_ = model
        if classifies(learner):
            learner.classes_ = _named_classes(model, classes)
        return learner

    def _check(self, X: Any, y: Any, *, first: bool = False) -> Pair:  # noqa: ANN401 - scikit-learn's
        """Check data to train on in scikit-learn's way, and with its messages."""
        # What is beyond float32 becomes infinite, and is told as that.
        with np.errstate(over="ignore", invalid="ignore"):
            return validate_data(  # pyright: ignore[reportReturnType] - two where both are given
                self,
                X,
                y,
                reset=first,
                accept_sparse="csr",
                dtype=np.float32,
                order="C",
                y_numeric=not classifies(self),
            )

    def _settle(self, known: Labels, *, records: int, validated: bool) -> Hyperparameters:
        """Check the parameters, and find the classes in labels, or in a list of them."""
        self.check_options()
        found = find_classes(known, self.predictor_type) if classifies(self) else np.empty(0)
        given = self.hyperparameters(classes=len(found), records=records, validated=validated)
        if given.feature_dim not in (None, self.n_features_in_):
            raise ValueError(f"feature_dim: {given.feature_dim}: X has {self.n_features_in_}")
        if classifies(self) and known is not getattr(self, "classes_", None):
            self.classes_ = found if self.num_classes == AUTO else np.arange(given.classes)
        return given

    def _begin(
        self, batch: Pair, classes: Iterable[Any] | None, start: LinearModel | None
    ) -> OnlineTraining:
        known = batch[1]
        if classifies(self):
            if start is None and classes is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            known = np.asarray(classes) if start is None else self.classes_
        given = self._settle(known, records=len(batch[1]), validated=False)
        if start is not None and start.loss_type != given.loss:
            raise ValueError(f"loss: {given.loss}: the model to go on from has {start.loss_type}")
        first = self._source("train", *batch)
        counts = count_classes(first, given)
        if counts is not None and not counts.all():
            raise ValueError("weights that balance the classes need all of them in the first batch")
        return OnlineTraining(
            first, given, seed=_seed(self.random_state), averaging=self.averaging, start=start
        )

    def _source(self, name: str, X: Any, y: Labels) -> HeldSource:  # noqa: ANN401
        labels = encode(y, self.classes_) if classifies(self) else as_numbers(y)
        return HeldSource(name, Records(as_features(X), labels))


@contextmanager
def _errors_of_values() -> Generator[None]:
    """Raise a ValueError where a training job would fail by what its customer gave."""
    try:
        yield
    except ClientError as error:
        raise ValueError(str(error)) from error


def _seed(random_state: Any) -> int:  # noqa: ANN401 - scikit-learn's
    generator = check_random_state(random_state)
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(generator.randint(np.iinfo(np.int32).max))


def _told(model: LinearModel) -> dict[str, Any]:
    """Return the hyperparameters that a model's file tells."""
    told = asdict(model)
    return {name: told[name] for name in TABLE if told.get(name) is not None}


def _named_classes(model: LinearModel, names: ArrayLike | None) -> Labels:
    count = max(2, len(model.bias))
    if names is None:
        return np.arange(count)
    classes = np.asarray(names)
    if classes.shape != (count,):
        raise ValueError(f"classes: shape {classes.shape}: expected the names of {count} classes")
    return classes
