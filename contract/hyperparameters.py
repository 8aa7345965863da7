"""From the strings of a training job to its hyperparameters; standard library only.

The one place that decides what is allowed: each value by its `Rule` in
`TABLE`, and all of them together here. A value is refused where it would
change something, were it read. A default, or ``auto``, is admitted anywhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any, Final

from contract.hyperparameter_rule import HyperparameterError, Rule, Value, quoted, spelled
from contract.hyperparameter_table import (
    LOSSES,
    TABLE,
    Hyperparameters,
    InitMethod,
    Loss,
    Optimizer,
    PredictorType,
    SelectionCriteria,
)

__all__ = [
    "LOSSES",
    "TABLE",
    "HyperparameterError",
    "Hyperparameters",
    "InitMethod",
    "Loss",
    "Optimizer",
    "PredictorType",
    "SelectionCriteria",
    "check_overrides",
    "of_pipeline_job",
    "parse",
]

TUNING_OBJECTIVE: Final = "_tuning_objective_metric"
"""What a tuning job adds to the hyperparameters of the jobs that it starts."""

SET_BY_PIPELINE: Final = ("predictor_type", "feature_dim")
"""What the pipeline knows by itself, so that nobody else gives it."""

PIPELINE_JOB: Final = {"predictor_type": "binary_classifier"}
"""The hyperparameters of every training job of the pipeline."""

_AUTO_IS_TRIED: Final = ("positive_example_weight_mult",)
"""Where ``auto`` is not the default, but stays a word for the learner."""

_DEFAULTS: Final[Mapping[str, Value]] = {
    declared.name: declared.default
    for declared in fields(Hyperparameters)
    if declared.default is not MISSING
}


def parse(mapping: Mapping[str, str]) -> Hyperparameters:
    """Type a training job's hyperparameters.

    A job of a tuning job trains one model, whatever ``num_models`` says: as
    the Developer Guide has it, there are not two searches at once.

    Parameters
    ----------
    mapping
        Names and values as ``CreateTrainingJob`` has them.

    Raises
    ------
    HyperparameterError
        With all faults at once: unknown names, impossible values, what does
        not go together, and what is required and missing.
    """
    given = {name: text for name, text in mapping.items() if name != TUNING_OBJECTIVE}
    values, faults = _read(given)
    defaults = _defaults(values)
    known = {**defaults, **values}
    for name in given.keys() - values.keys():
        known.pop(name, None)
    _raise_any([*_missing(given, known), *faults, *_conflicts(given, known, defaults)])
    if TUNING_OBJECTIVE in mapping:
        known["num_models"] = 1
    typed: Any = {
        name: value if _is_read(name, known) else defaults[name] for name, value in known.items()
    }
    return Hyperparameters(**typed)


def check_overrides(mapping: dict[str, str]) -> dict[str, str]:
    """Return the hyperparameters that a user of the pipeline gives, if they are allowed.

    They are a part of a job's. What is held against a hyperparameter that is
    not among them waits for the whole, and for `of_pipeline_job`.

    Raises
    ------
    HyperparameterError
        As `parse` does, and for those that the pipeline sets by itself.
    """
    for name in SET_BY_PIPELINE:
        if name in mapping:
            raise HyperparameterError(f"{_refused(name, mapping)}: it is set by the pipeline")
    values, faults = _read({**PIPELINE_JOB, **mapping})
    _raise_any([*faults, *_conflicts(mapping, values, _defaults(values))])
    return mapping


def of_pipeline_job(overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the hyperparameters of the pipeline's training job, but for ``feature_dim``.

    Parameters
    ----------
    overrides
        All of them, each admitted by `check_overrides`.

    Raises
    ------
    HyperparameterError
        For what does not go together.
    """
    whole = {**overrides, **PIPELINE_JOB}
    parse(whole)
    return whole


def _read(given: Mapping[str, str]) -> tuple[dict[str, Value], list[str]]:
    """Return what each string stands for, and the faults of those that stand for nothing."""
    values: dict[str, Value] = {}
    faults: list[str] = []
    for name, text in given.items():
        try:
            values[name] = _rule_for(name).parse(name, text)
        except HyperparameterError as fault:
            faults.append(str(fault))
    defaults = _defaults(values)
    for name in [n for n, v in values.items() if v == "auto" and n not in _AUTO_IS_TRIED]:
        if name in defaults:
            values[name] = defaults[name]
        else:
            del values[name]  # It follows from a predictor_type that is not known.
    return values, faults


def _defaults(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return what each hyperparameter is that is not given; without predictor, not all of them."""
    for predictor, losses in LOSSES.items():
        if values.get("predictor_type") == predictor:
            regression = predictor == "regressor"
            return {
                **_DEFAULTS,
                "loss": losses[0],
                "normalize_label": regression,
                "unbias_label": regression and values.get("use_bias") is not False,
            }
    return {**_DEFAULTS}


def _missing(given: Mapping[str, str], known: Mapping[str, Value]) -> Iterator[str]:
    for name, row in TABLE.items():
        if row.required and name not in given:
            yield f"{name} is required: expected {row.allowed}"
    if known.get("predictor_type") == "multiclass_classifier" and "num_classes" not in given:
        yield (
            "num_classes is required with predictor_type 'multiclass_classifier': "
            f"expected {TABLE['num_classes'].allowed}"
        )


def _is_read(name: str, known: Mapping[str, Value]) -> bool:
    return all(known[other] in values for other, values in TABLE[name].only_with.items())


def _conflicts(
    given: Mapping[str, str], known: Mapping[str, Value], defaults: Mapping[str, Value]
) -> Iterator[str]:
    """Say what does not go together, as far as both sides are known."""
    for name, value in known.items():
        if name in given and value != defaults.get(name) and given[name] != "auto":
            for other, values in TABLE[name].only_with.items():
                if other in known and known[other] not in values:
                    yield (
                        f"{_refused(name, given)} with {_told(other, known)}: "
                        f"expected {other} {' or '.join(map(spelled, values))}, "
                        f"or {_harmless(defaults[name])}"
                    )
    yield from _loss_conflicts(given, known)
    yield from _rate_conflicts(given, known)
    yield from _scaler_conflicts(given, known)


def _loss_conflicts(given: Mapping[str, str], known: Mapping[str, Value]) -> Iterator[str]:
    for predictor, losses in LOSSES.items():
        if known.get("predictor_type") == predictor and known.get("loss", losses[0]) not in losses:
            yield (
                f"{_refused('loss', given)} with {_told('predictor_type', known)}: "
                f"expected one of auto, {', '.join(losses)}"
            )
    criterion = known.get("binary_classifier_model_selection_criteria")
    if criterion == "cross_entropy_loss" and known.get("loss") == "hinge_loss":
        yield (
            "binary_classifier_model_selection_criteria: 'cross_entropy_loss' is not allowed with "
            "loss 'hinge_loss', whose scores are no probabilities: expected loss_function for the "
            "hinge loss itself, or loss logistic"
        )


def _rate_conflicts(given: Mapping[str, str], known: Mapping[str, Value]) -> Iterator[str]:
    rate, minimum = known.get("learning_rate"), known.get("lr_scheduler_minimum_lr")
    falls = known.get("use_lr_scheduler") is not False
    if falls and isinstance(rate, float) and isinstance(minimum, float) and minimum > rate:
        yield (
            f"{_refused('lr_scheduler_minimum_lr', given)} with learning_rate "
            f"{quoted(given['learning_rate'])}: expected no more than the learning_rate"
        )


def _scaler_conflicts(given: Mapping[str, str], known: Mapping[str, Value]) -> Iterator[str]:
    default = _DEFAULTS["num_point_for_scaler"]
    points = known.get("num_point_for_scaler", default)
    shifts = known.get("use_bias" if known.get("unbias_data") is None else "unbias_data")
    others = (known.get(name) for name in ("normalize_data", "normalize_label", "unbias_label"))
    if points != default and all(does is False for does in (shifts, *others)):
        yield (
            f"{_refused('num_point_for_scaler', given)} where nothing "
            "is scaled or shifted: expected normalize_data, unbias_data, normalize_label or "
            f"unbias_label true, or {_harmless(default)}"
        )


def _refused(name: str, given: Mapping[str, str]) -> str:
    return f"{name}: {quoted(given[name])} is not allowed"


def _told(name: str, known: Mapping[str, Value]) -> str:
    return f"{name} {spelled(known[name])!r}"


def _harmless(default: Value) -> str:
    return "leave it out" if default is None else f"its default, {spelled(default)}"


def _raise_any(faults: list[str]) -> None:
    if faults:
        raise HyperparameterError("; ".join(faults))


def _rule_for(name: str) -> Rule:
    if name in TABLE:
        return TABLE[name]
    close = get_close_matches(name, TABLE, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(TABLE)}"
    raise HyperparameterError(f"{name}: unknown hyperparameter; {hint}")
