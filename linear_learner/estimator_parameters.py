"""The parameters of `linear_learner.LinearLearner`: the hyperparameters, as Python values."""

from dataclasses import KW_ONLY, dataclass, replace
from numbers import Integral, Real
from typing import Any, Final

from sklearn.utils import (
    check_scalar,  # pyright: ignore[reportUnknownVariableType] - scikit-learn has no types
)

from contract.hyperparameters import TABLE, Hyperparameters, parse

AUTO: Final = "auto"

Whole = int | str
Number = float | str
Flag = bool | str

LARGEST_AUTO_BATCH: Final = 1000
"""Linear Learner's default, which on a few hundred records is one step an epoch."""

SMALLEST_AUTO_BATCH: Final = 8
"""The steps of smaller ones are too noisy to end near an optimum."""

STEPS_OF_AN_EPOCH: Final = 16
"""What is left to an epoch between the two: it does best on scikit-learn's small datasets."""

CRITERIA: Final = "binary_classifier_model_selection_criteria"
NOT_AUTO: Final = ("num_classes", "mini_batch_size", CRITERIA)
"""Where ``auto`` is a word of the estimator alone."""


@dataclass(eq=False, repr=False)
class Parameters:
    """What `LinearLearner` is made from; its docstring says what each is.

    Nothing is checked before `hyperparameters`: scikit-learn sets parameters
    one by one.
    """

    predictor_type: str = "binary_classifier"
    _: KW_ONLY
    num_classes: Whole = AUTO
    feature_dim: Whole = AUTO
    mini_batch_size: Whole = AUTO
    epochs: Whole = 15
    num_models: Whole = AUTO
    loss: str = AUTO
    optimizer: str = AUTO
    learning_rate: Number = AUTO
    wd: Number = AUTO
    l1: Number = AUTO
    momentum: Number = AUTO
    beta_1: Number = AUTO
    beta_2: Number = AUTO
    bias_lr_mult: Number = AUTO
    bias_wd_mult: Number = AUTO
    use_bias: Flag = True
    use_lr_scheduler: Flag = True
    lr_scheduler_step: Whole = AUTO
    lr_scheduler_factor: Number = AUTO
    lr_scheduler_minimum_lr: Number = AUTO
    init_method: str = "uniform"
    init_scale: Number = 0.07
    init_sigma: Number = 0.01
    init_bias: Number = 0.0
    normalize_data: Flag = AUTO
    normalize_label: Flag = AUTO
    unbias_data: Flag = AUTO
    unbias_label: Flag = AUTO
    num_point_for_scaler: Whole = 10_000
    num_calibration_samples: Whole = AUTO
    binary_classifier_model_selection_criteria: str = AUTO
    target_recall: Number = 0.8
    target_precision: Number = 0.8
    positive_example_weight_mult: Number = 1.0
    balance_multiclass_weights: Flag = False
    accuracy_top_k: Whole = 3
    f_beta: Number = 1.0
    margin: Number = 1.0
    quantile: Number = 0.5
    huber_delta: Number = 1.0
    loss_insensitivity: Number = 0.01
    early_stopping_patience: Whole = 3
    early_stopping_tolerance: Number = 0.001
    averaging: bool = False
    blending: int = 1
    validation_fraction: float | None = None
    random_state: object = None

    def check_options(self) -> None:
        """Check the parameters that are no hyperparameters, and which predictor it is.

        Raises
        ------
        ValueError, TypeError
            In scikit-learn's words.
        """
        check_scalar(self.averaging, "averaging", bool)
        check_scalar(self.blending, "blending", Integral, min_val=1)
        if self.validation_fraction is not None:
            ends: dict[str, Any] = {"min_val": 0, "max_val": 1, "include_boundaries": "neither"}
            check_scalar(self.validation_fraction, "validation_fraction", Real, **ends)
        TABLE["predictor_type"].parse("predictor_type", str(self.predictor_type))

    def hyperparameters(self, *, classes: int, records: int, validated: bool) -> Hyperparameters:
        """Type and check the hyperparameters, as a training job's are.

        Parameters
        ----------
        classes
            Number of classes in the labels; 0 for a regressor.
        records
            Number of records, for ``mini_batch_size="auto"``.
        validated
            Whether other records than those trained on choose the model.

        Raises
        ------
        HyperparameterError
            A ValueError, with the text that a training job fails with.
        """
        texts = {name: str(getattr(self, name)) for name in TABLE}
        for name in (name for name in NOT_AUTO if texts[name] == AUTO):
            del texts[name]
        texts.setdefault("mini_batch_size", str(_batch_size(records)))
        if self.predictor_type == "binary_classifier" and not validated:
            texts.setdefault(CRITERIA, "loss_function")
        if self.predictor_type != "multiclass_classifier" or "num_classes" in texts:
            return parse(texts)
        # A training job has three classes or more. Softmax of two is as well defined.
        return replace(parse({**texts, "num_classes": str(max(classes, 3))}), num_classes=classes)


def _batch_size(records: int) -> int:
    return min(LARGEST_AUTO_BATCH, max(SMALLEST_AUTO_BATCH, records // STEPS_OF_AN_EPOCH))
