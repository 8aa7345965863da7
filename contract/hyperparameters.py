"""Every documented hyperparameter of Linear Learner, once; standard library only.

They reach a training job as strings. `Hyperparameters` is at once the table
(`TABLE`) and the typed values that `parse` makes of a job's strings. What is
documented, but what this learner does not honour yet, is refused by name.

Source of names, ranges and defaults: Amazon SageMaker AI Developer Guide,
"Linear Learner Hyperparameters".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Final, Literal, get_args

from contract.hyperparameter_rule import (
    DECAY,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    HyperparameterError,
    Range,
    Rule,
    rule,
    rule_of,
)

__all__ = ["TABLE", "HyperparameterError", "Hyperparameters", "check_overrides", "parse"]

PredictorType = Literal["binary_classifier"]
Loss = Literal["logistic"]
Optimizer = Literal["adam"]
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
LOSSES: Final = (
    "auto",
    "logistic",
    "hinge_loss",
    "softmax_loss",
    "squared_loss",
    "absolute_loss",
    "eps_insensitive_squared_loss",
    "eps_insensitive_absolute_loss",
    "quantile_loss",
    "huber_loss",
)
AUTO_IS_TRIED: Final = ("positive_example_weight_mult",)
"""Where ``auto`` is not the default, but stays a word for the learner."""

SET_BY_PIPELINE: Final = ("predictor_type", "feature_dim")
"""What the pipeline knows by itself, so that nobody else gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """A job's hyperparameters, typed.

    ``auto`` stands for the default of its field. A default of None is decided
    by the learner.
    """

    predictor_type: PredictorType = field(
        metadata=rule(
            "choice",
            "What is predicted.",
            words=("binary_classifier", "multiclass_classifier", "regressor"),
            available=("binary_classifier",),
            required=True,
        )
    )
    num_classes: int | None = field(
        default=None,
        metadata=rule(
            "integer",
            "Number of classes of a multiclass_classifier.",
            Range(at_least=3, at_most=1_000_000),
            available=(),
        ),
    )
    feature_dim: int | None = field(
        default=None,
        metadata=rule("integer", "Features of a record; auto: as the data.", POSITIVE, words=AUTO),
    )
    mini_batch_size: int = field(
        default=1000, metadata=rule("integer", "Records in a step of the optimizer.", POSITIVE)
    )
    epochs: int = field(
        default=15, metadata=rule("integer", "Most passes over the training data.", POSITIVE)
    )
    num_models: int | None = field(
        default=None,
        metadata=rule("integer", "Models trained at once; auto: 32.", POSITIVE, words=AUTO),
    )
    loss: Loss = field(
        default="logistic",
        metadata=rule(
            "choice", "The loss; auto: logistic.", words=LOSSES, available=("auto", "logistic")
        ),
    )
    optimizer: Optimizer = field(
        default="adam",
        metadata=rule(
            "choice",
            "The optimizer; auto: adam.",
            words=("auto", "adam", "sgd", "rmsprop"),
            available=("auto", "adam"),
        ),
    )
    learning_rate: float | None = field(
        default=None,
        metadata=rule("real", "Step size; auto: 0.005 and 0.1 are tried.", POSITIVE, words=AUTO),
    )
    wd: float | None = field(
        default=None,
        metadata=rule(
            "real", "Weight decay (L2); auto: 0.01 and 1e-4 are tried.", NOT_NEGATIVE, words=AUTO
        ),
    )
    l1: float | None = field(
        default=None,
        metadata=rule(
            "real", "L1 penalty; auto: four levels from 0 are tried.", NOT_NEGATIVE, words=AUTO
        ),
    )
    momentum: float = field(
        default=0.0,
        metadata=rule(
            "real", "Momentum of sgd; auto: 0.", DECAY, words=AUTO, available=("auto", "0")
        ),
    )
    beta_1: float = field(
        default=0.9,
        metadata=rule("real", "Adam's decay of the mean gradient; auto: 0.9.", DECAY, words=AUTO),
    )
    beta_2: float = field(
        default=0.999,
        metadata=rule(
            "real", "Adam's decay of the mean squared gradient; auto: 0.999.", DECAY, words=AUTO
        ),
    )
    bias_lr_mult: float = field(
        default=10.0,
        metadata=rule("real", "Times the bias's learning rate; auto: 10.", POSITIVE, words=AUTO),
    )
    bias_wd_mult: float = field(
        default=0.0,
        metadata=rule("real", "Times the bias's weight decay; auto: 0.", NOT_NEGATIVE, words=AUTO),
    )
    use_bias: bool = field(default=True, metadata=rule("boolean", "Whether there is a bias."))
    use_lr_scheduler: bool = field(
        default=True, metadata=rule("boolean", "Whether the learning rate falls step by step.")
    )
    lr_scheduler_step: int | None = field(
        default=None,
        metadata=rule(
            "integer",
            "Steps between two falls; auto: 100, or 10 where an epoch has fewer than 10.",
            POSITIVE,
            words=AUTO,
        ),
    )
    lr_scheduler_factor: float = field(
        default=0.99, metadata=rule("real", "Factor of a fall; auto: 0.99.", FRACTION, words=AUTO)
    )
    lr_scheduler_minimum_lr: float | None = field(
        default=None,
        metadata=rule(
            "real", "The rate falls no lower; auto: 1e-5 and 1e-4 are tried.", POSITIVE, words=AUTO
        ),
    )
    init_method: InitMethod = field(
        default="uniform",
        metadata=rule("choice", "How the first weights are drawn.", words=("uniform", "normal")),
    )
    init_scale: float = field(
        default=0.07, metadata=rule("real", "uniform: from minus to plus this.", POSITIVE)
    )
    init_sigma: float = field(
        default=0.01, metadata=rule("real", "normal: standard deviation.", POSITIVE)
    )
    init_bias: float = field(default=0.0, metadata=rule("real", "The first bias."))
    normalize_data: bool = field(
        default=True,
        metadata=rule(
            "boolean", "Divide features by their standard deviation; auto: true.", words=AUTO
        ),
    )
    normalize_label: bool = field(
        default=False,
        metadata=rule(
            "boolean",
            "Divide labels by their standard deviation; auto: for a regressor.",
            words=AUTO,
            available=("auto", "false"),
        ),
    )
    unbias_data: bool | None = field(
        default=None,
        metadata=rule("boolean", "Subtract the features' mean; auto: if use_bias.", words=AUTO),
    )
    unbias_label: bool = field(
        default=False,
        metadata=rule(
            "boolean",
            "Subtract the labels' mean; auto: for a regressor with use_bias.",
            words=AUTO,
            available=("auto", "false"),
        ),
    )
    num_point_for_scaler: int = field(
        default=10_000,
        metadata=rule("integer", "Records for mean and standard deviation.", POSITIVE),
    )
    num_calibration_samples: int = field(
        default=10_000_000,
        metadata=rule(
            "integer",
            "Most records that the threshold is calibrated on; auto: 10,000,000.",
            POSITIVE,
            words=AUTO,
        ),
    )
    binary_classifier_model_selection_criteria: SelectionCriteria = field(
        default="accuracy",
        metadata=rule(
            "choice",
            "What model, epoch and threshold are chosen for.",
            words=get_args(SelectionCriteria),
        ),
    )
    target_recall: float = field(
        default=0.8, metadata=rule("real", "For precision_at_target_recall.", FRACTION)
    )
    target_precision: float = field(
        default=0.8, metadata=rule("real", "For recall_at_target_precision.", FRACTION)
    )
    positive_example_weight_mult: float | Literal["balanced", "auto"] = field(
        default=1.0,
        metadata=rule(
            "real",
            "Weight of a positive record; balanced: both classes weigh the same; "
            "auto: 1 and balanced are tried.",
            POSITIVE,
            words=("balanced", "auto"),
        ),
    )
    balance_multiclass_weights: bool = field(
        default=False,
        metadata=rule(
            "boolean",
            "Whether the classes of a multiclass_classifier weigh the same.",
            available=("false",),
        ),
    )
    accuracy_top_k: int = field(
        default=3,
        metadata=rule(
            "integer", "k of a multiclass_classifier's metrics.", POSITIVE, available=("3",)
        ),
    )
    f_beta: float = field(
        default=1.0,
        metadata=rule("real", "beta of the F score: the weight of recall.", POSITIVE),
    )
    margin: float = field(
        default=1.0,
        metadata=rule("real", "Margin of hinge_loss.", POSITIVE, available=("1.0",)),
    )
    quantile: float = field(
        default=0.5,
        metadata=rule("real", "Quantile of quantile_loss.", FRACTION, available=("0.5",)),
    )
    huber_delta: float = field(
        default=1.0,
        metadata=rule("real", "Delta of huber_loss.", POSITIVE, available=("1.0",)),
    )
    loss_insensitivity: float = field(
        default=0.01,
        metadata=rule("real", "Of the eps_insensitive losses.", POSITIVE, available=("0.01",)),
    )
    early_stopping_patience: int = field(
        default=3,
        metadata=rule("integer", "Epochs without improvement that are borne.", POSITIVE),
    )
    early_stopping_tolerance: float = field(
        default=0.001,
        metadata=rule("real", "Relative change that is an improvement.", POSITIVE),
    )


TABLE: Final[Mapping[str, Rule]] = {
    declared.name: rule_of(declared.metadata) for declared in fields(Hyperparameters)
}
"""The rule of every documented hyperparameter."""


def parse(mapping: Mapping[str, str]) -> Hyperparameters:
    """Type a training job's hyperparameters.

    Parameters
    ----------
    mapping
        Names and values as ``CreateTrainingJob`` has them.

    Raises
    ------
    HyperparameterError
        With all faults at once: unknown names, impossible values, what is not
        available yet, and what is required and missing.
    """
    faults = [
        f"{name} is required: expected {row.allowed}"
        for name, row in TABLE.items()
        if row.required and name not in mapping
    ]
    values: dict[str, Any] = {}
    for name, text in mapping.items():
        try:
            values[name] = _rule_for(name).parse(name, text)
        except HyperparameterError as fault:
            faults.append(str(fault))
    if faults:
        raise HyperparameterError("; ".join(faults))
    for name in [n for n, v in values.items() if v == "auto" and n not in AUTO_IS_TRIED]:
        del values[name]
    return Hyperparameters(**values)


def check_overrides(mapping: dict[str, str]) -> dict[str, str]:
    """Return the hyperparameters that a user of the pipeline gives, if they are allowed.

    Raises
    ------
    HyperparameterError
        As `parse` does, and for those that the pipeline sets by itself.
    """
    for name in SET_BY_PIPELINE:
        if name in mapping:
            raise HyperparameterError(
                f"{name}: {mapping[name]!r} is not allowed: it is set by the pipeline"
            )
    parse({"predictor_type": "binary_classifier", **mapping})
    return mapping


def _rule_for(name: str) -> Rule:
    if name in TABLE:
        return TABLE[name]
    close = get_close_matches(name, TABLE, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(TABLE)}"
    raise HyperparameterError(f"{name}: unknown hyperparameter; {hint}")
