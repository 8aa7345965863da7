"""Every documented hyperparameter of Linear Learner, once; standard library only.

`Hyperparameters` is at once the table (`TABLE`) and the typed values of a
job. `contract.hyperparameters` makes one of the other.

Source of names, ranges and defaults: Amazon SageMaker AI Developer Guide,
"Linear Learner Hyperparameters".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final, Literal, get_args

from contract.hyperparameter_rule import (
    COUNT,
    DECAY,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    Range,
    Rule,
    rule,
    rule_of,
)

PredictorType = Literal["binary_classifier", "multiclass_classifier", "regressor"]
Loss = Literal[
    "logistic",
    "hinge_loss",
    "softmax_loss",
    "squared_loss",
    "absolute_loss",
    "eps_insensitive_squared_loss",
    "eps_insensitive_absolute_loss",
    "quantile_loss",
    "huber_loss",
]
Optimizer = Literal["adam", "sgd", "rmsprop"]
InitMethod = Literal["uniform", "normal"]
SelectionCriteria = Literal[
    "accuracy",
    "f1",
    "f_beta",
    "precision_at_target_recall",
    "recall_at_target_precision",
    "cross_entropy_loss",
    "loss_function",
]

AUTO: Final = ("auto",)
LOSSES: Final[Mapping[PredictorType, tuple[Loss, ...]]] = {
    "binary_classifier": ("logistic", "hinge_loss"),
    "multiclass_classifier": ("softmax_loss",),
    "regressor": (
        "squared_loss",
        "absolute_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
        "quantile_loss",
        "huber_loss",
    ),
}
"""The losses of each predictor; ``auto`` is the first."""

CALIBRATED: Final[tuple[SelectionCriteria, ...]] = (
    "accuracy",
    "f1",
    "f_beta",
    "precision_at_target_recall",
    "recall_at_target_precision",
)
"""The criteria that a threshold is calibrated for; the others are losses."""

_BINARY: Final = {"predictor_type": ("binary_classifier",)}
_MULTICLASS: Final = {"predictor_type": ("multiclass_classifier",)}
_REGRESSOR: Final = {"predictor_type": ("regressor",)}
_CLASSIFIER: Final = {"predictor_type": ("binary_classifier", "multiclass_classifier")}
_CRITERIA: Final = "binary_classifier_model_selection_criteria"
_WITH_BIAS: Final = {"use_bias": (True,)}
_WITH_SCHEDULER: Final = {"use_lr_scheduler": (True,)}
_ADAM: Final = {"optimizer": ("adam",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """A job's hyperparameters, typed.

    ``auto`` stands for the default of its field, or for what follows from
    the predictor's type. None is decided by the learner. What the job does
    not read has its default.
    """

    predictor_type: PredictorType = field(
        metadata=rule("choice", "What is predicted.", words=get_args(PredictorType), required=True)
    )
    num_classes: int | None = field(
        default=None,
        metadata=rule(
            "integer",
            "Number of classes of a multiclass_classifier, which has to give it.",
            Range(at_least=3, at_most=1_000_000),
            only_with=_MULTICLASS,
        ),
    )
    feature_dim: int | None = field(
        default=None,
        metadata=rule("integer", "Features of a record; auto: as the data.", COUNT, words=AUTO),
    )
    mini_batch_size: int = field(
        default=1000, metadata=rule("integer", "Records in a step of the optimizer.", COUNT)
    )
    epochs: int = field(
        default=15, metadata=rule("integer", "Most passes over the training data.", COUNT)
    )
    num_models: int | None = field(
        default=None,
        metadata=rule(
            "integer", "Models trained at once; auto: a grid of settings.", COUNT, words=AUTO
        ),
    )
    loss: Loss = field(
        metadata=rule(
            "choice",
            "The loss; auto: logistic, softmax_loss or squared_loss, by predictor_type.",
            words=(*AUTO, *get_args(Loss)),
        )
    )
    optimizer: Optimizer = field(
        default="adam",
        metadata=rule("choice", "The optimizer; auto: adam.", words=(*AUTO, *get_args(Optimizer))),
    )
    learning_rate: float | None = field(
        default=None,
        metadata=rule("real", "Step size; auto: several are tried.", POSITIVE, words=AUTO),
    )
    wd: float | None = field(
        default=None,
        metadata=rule(
            "real", "Weight decay (L2); auto: several are tried.", NOT_NEGATIVE, words=AUTO
        ),
    )
    l1: float | None = field(
        default=None,
        metadata=rule(
            "real", "L1 penalty; auto: several from 0 are tried.", NOT_NEGATIVE, words=AUTO
        ),
    )
    momentum: float = field(
        default=0.0,
        metadata=rule(
            "real",
            "Momentum of sgd; auto: 0.",
            DECAY,
            words=AUTO,
            only_with={"optimizer": ("sgd",)},
        ),
    )
    beta_1: float = field(
        default=0.9,
        metadata=rule(
            "real",
            "Adam's decay of the mean gradient; auto: 0.9.",
            DECAY,
            words=AUTO,
            only_with=_ADAM,
        ),
    )
    beta_2: float = field(
        default=0.999,
        metadata=rule(
            "real",
            # The Developer Guide names adam alone: rmsprop keeps a decay of its own.
            "Adam's decay of the mean squared gradient; auto: 0.999.",
            DECAY,
            words=AUTO,
            only_with=_ADAM,
        ),
    )
    bias_lr_mult: float = field(
        default=10.0,
        metadata=rule(
            "real",
            "Times the bias's learning rate; auto: 10.",
            POSITIVE,
            words=AUTO,
            only_with=_WITH_BIAS,
        ),
    )
    bias_wd_mult: float = field(
        default=0.0,
        metadata=rule(
            "real",
            "Times the bias's weight decay; auto: 0.",
            NOT_NEGATIVE,
            words=AUTO,
            only_with=_WITH_BIAS,
        ),
    )
    use_bias: bool = field(default=True, metadata=rule("boolean", "Whether there is a bias."))
    use_lr_scheduler: bool = field(
        default=True, metadata=rule("boolean", "Whether the learning rate falls step by step.")
    )
    lr_scheduler_step: int | None = field(
        default=None,
        metadata=rule(
            "integer",
            "Steps between two falls; auto: by an epoch's; multiclass_classifier: several.",
            COUNT,
            words=AUTO,
            only_with=_WITH_SCHEDULER,
        ),
    )
    lr_scheduler_factor: float | None = field(
        default=None,
        metadata=rule(
            "real",
            "Factor of a fall; auto: 0.99; multiclass_classifier: several.",
            FRACTION,
            words=AUTO,
            only_with=_WITH_SCHEDULER,
        ),
    )
    lr_scheduler_minimum_lr: float | None = field(
        default=None,
        metadata=rule(
            "real",
            "The rate falls no lower; auto: several are tried.",
            POSITIVE,
            words=AUTO,
            only_with=_WITH_SCHEDULER,
        ),
    )
    init_method: InitMethod = field(
        default="uniform",
        metadata=rule("choice", "How the first weights are drawn.", words=get_args(InitMethod)),
    )
    init_scale: float = field(
        default=0.07,
        metadata=rule(
            "real",
            "uniform: from minus to plus this.",
            POSITIVE,
            only_with={"init_method": ("uniform",)},
        ),
    )
    init_sigma: float = field(
        default=0.01,
        metadata=rule(
            "real",
            "normal: standard deviation.",
            POSITIVE,
            only_with={"init_method": ("normal",)},
        ),
    )
    init_bias: float = field(
        default=0.0, metadata=rule("real", "The first bias.", only_with=_WITH_BIAS)
    )
    normalize_data: bool = field(
        default=True,
        metadata=rule(
            "boolean", "Divide features by their standard deviation; auto: true.", words=AUTO
        ),
    )
    normalize_label: bool = field(
        metadata=rule(
            "boolean",
            "Divide labels by their standard deviation; auto: for a regressor.",
            words=AUTO,
            only_with=_REGRESSOR,
        )
    )
    unbias_data: bool | None = field(
        default=None,
        metadata=rule(
            "boolean",
            "Subtract the features' mean, where records are dense; auto: with use_bias.",
            words=AUTO,
        ),
    )
    unbias_label: bool = field(
        metadata=rule(
            "boolean",
            "Subtract the labels' mean; auto: for a regressor with use_bias.",
            words=AUTO,
            only_with=_REGRESSOR,
        )
    )
    num_point_for_scaler: int = field(
        default=10_000,
        metadata=rule("integer", "Records for mean and standard deviation.", COUNT),
    )
    num_calibration_samples: int = field(
        default=10_000_000,
        metadata=rule(
            "integer",
            "Most records to calibrate a threshold on, as memory admits; auto: 10,000,000.",
            COUNT,
            words=AUTO,
            only_with={**_BINARY, _CRITERIA: CALIBRATED},
        ),
    )
    binary_classifier_model_selection_criteria: SelectionCriteria = field(
        default="accuracy",
        metadata=rule(
            "choice",
            "What model, epoch and threshold are chosen for.",
            words=get_args(SelectionCriteria),
            only_with=_BINARY,
        ),
    )
    target_recall: float = field(
        default=0.8,
        metadata=rule(
            "real",
            "The recall that precision_at_target_recall keeps to.",
            FRACTION,
            only_with={_CRITERIA: ("precision_at_target_recall",)},
        ),
    )
    target_precision: float = field(
        default=0.8,
        metadata=rule(
            "real",
            "The precision that recall_at_target_precision keeps to.",
            FRACTION,
            only_with={_CRITERIA: ("recall_at_target_precision",)},
        ),
    )
    positive_example_weight_mult: float | Literal["balanced", "auto"] = field(
        default=1.0,
        metadata=rule(
            "real",
            "Weight of a positive record; balanced: both classes weigh the same; "
            "auto: 1 and balanced are tried.",
            POSITIVE,
            words=("balanced", "auto"),
            only_with=_BINARY,
        ),
    )
    balance_multiclass_weights: bool = field(
        default=False,
        metadata=rule(
            "boolean",
            "Whether the classes of a multiclass_classifier weigh the same.",
            only_with=_MULTICLASS,
        ),
    )
    accuracy_top_k: int = field(
        default=3,
        metadata=rule(
            "integer",
            "A multiclass_classifier's metric: is the class among the k most likely?",
            COUNT,
            only_with=_MULTICLASS,
        ),
    )
    f_beta: float = field(
        default=1.0,
        metadata=rule(
            "real",
            "beta of the F score, a criterion and a metric: the weight of recall.",
            POSITIVE,
            only_with=_CLASSIFIER,
        ),
    )
    margin: float = field(
        default=1.0,
        metadata=rule(
            "real", "Margin of hinge_loss.", POSITIVE, only_with={"loss": ("hinge_loss",)}
        ),
    )
    quantile: float = field(
        default=0.5,
        metadata=rule(
            "real",
            "Quantile of quantile_loss: the share of labels below the prediction.",
            FRACTION,
            only_with={"loss": ("quantile_loss",)},
        ),
    )
    huber_delta: float = field(
        default=1.0,
        metadata=rule(
            "real",
            "From which error on huber_loss is linear; in units of the normalised label.",
            POSITIVE,
            only_with={"loss": ("huber_loss",)},
        ),
    )
    loss_insensitivity: float = field(
        default=0.01,
        metadata=rule(
            "real",
            "The error that the eps_insensitive losses do not count; in the same units.",
            POSITIVE,
            only_with={"loss": ("eps_insensitive_squared_loss", "eps_insensitive_absolute_loss")},
        ),
    )
    early_stopping_patience: int = field(
        default=3,
        metadata=rule("integer", "Epochs without improvement that are borne.", COUNT),
    )
    early_stopping_tolerance: float = field(
        default=0.001,
        metadata=rule("real", "Relative change that is an improvement.", POSITIVE),
    )

    @property
    def classes(self) -> int:
        """Number of classes; 0 for a regressor."""
        return {"binary_classifier": 2, "regressor": 0}.get(
            self.predictor_type, self.num_classes or 0
        )

    @property
    def outputs_per_model(self) -> int:
        """Columns of a model's weights: one a class of a multiclass_classifier, else one."""
        return self.num_classes or 1


TABLE: Final[Mapping[str, Rule]] = {
    declared.name: rule_of(declared.metadata) for declared in fields(Hyperparameters)
}
"""The rule of every documented hyperparameter."""
