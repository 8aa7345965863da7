"""The parameters of `linear_learner.LinearLearner`: the hyperparameters, as Python values."""

from dataclasses import KW_ONLY, dataclass, replace
from typing import Final

from contract.hyperparameters import TABLE, Hyperparameters, parse

AUTO: Final = "auto"

Text = str
Integer = int | Text
Real = float | Text
Boolean = bool | Text

STEPS_OF_AN_EPOCH: Final = 32
"""What `mini_batch_size="auto"` leaves an epoch, where there are fewer than 32,000 records."""

LARGEST_AUTO_BATCH: Final = 1000
"""Linear Learner's default, which on a few hundred records is one step an epoch."""

CRITERIA: Final = "binary_classifier_model_selection_criteria"
NOT_AUTO: Final = ("num_classes", "mini_batch_size", CRITERIA)
"""Where ``auto`` is a word of the estimator alone."""


@dataclass(eq=False, repr=False)
class Parameters:
    """What `LinearLearner` is made from; its docstring says what each is.

    Nothing is checked before `hyperparameters`: scikit-learn sets parameters
    one by one.
    """

    predictor_type: Text = "binary_classifier"
    _: KW_ONLY
    num_classes: Integer = AUTO
    feature_dim: Integer = AUTO
    mini_batch_size: Integer = AUTO
    epochs: Integer = 15
    num_models: Integer = AUTO
    loss: Text = AUTO
    optimizer: Text = AUTO
    learning_rate: Real = AUTO
    wd: Real = AUTO
    l1: Real = AUTO
    momentum: Real = AUTO
    beta_1: Real = AUTO
    beta_2: Real = AUTO
    bias_lr_mult: Real = AUTO
    bias_wd_mult: Real = AUTO
    use_bias: Boolean = True
    use_lr_scheduler: Boolean = True
    lr_scheduler_step: Integer = AUTO
    lr_scheduler_factor: Real = AUTO
    lr_scheduler_minimum_lr: Real = AUTO
    init_method: Text = "uniform"
    init_scale: Real = 0.07
    init_sigma: Real = 0.01
    init_bias: Real = 0.0
    normalize_data: Boolean = AUTO
    normalize_label: Boolean = AUTO
    unbias_data: Boolean = AUTO
    unbias_label: Boolean = AUTO
    num_point_for_scaler: Integer = 10_000
    num_calibration_samples: Integer = AUTO
    binary_classifier_model_selection_criteria: Text = AUTO
    target_recall: Real = 0.8
    target_precision: Real = 0.8
    positive_example_weight_mult: Real = 1.0
    balance_multiclass_weights: Boolean = False
    accuracy_top_k: Integer = 3
    f_beta: Real = 1.0
    margin: Real = 1.0
    quantile: Real = 0.5
    huber_delta: Real = 1.0
    loss_insensitivity: Real = 0.01
    early_stopping_patience: Integer = 3
    early_stopping_tolerance: Real = 0.001
    averaging: bool = False
    blending: int = 1
    validation_fraction: float | None = None
    random_state: object = None

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
    return min(LARGEST_AUTO_BATCH, max(1, records // STEPS_OF_AN_EPOCH))
