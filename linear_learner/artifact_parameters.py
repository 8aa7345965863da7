"""``additional-params.json``: what an artifact says of its model beside the weights."""

import math
from collections.abc import Callable, Mapping
from reprlib import repr as shortened
from typing import Any, Final

from contract.hyperparameter_table import LOSSES
from linear_learner.json_objects import as_list, as_object
from linear_learner.model import LinearModel, uncalibrated_threshold


def describe(model: LinearModel) -> dict[str, Any]:
    """Return the parameters of a model, in the built-in algorithm's order."""
    return {
        "threshold": model.threshold,
        "loss_type": model.loss_type,
        "metrics_params": {name: getattr(model, name) for name in _METRICS_PARAMS},
        "predictor_type": model.predictor_type,
    }


def parse(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `LinearModel` that parameters stand for.

    Anything in ``metrics_params`` may be null or missing, and so may the
    threshold. Of a regressor, whose answer is its output, any loss is taken.

    Raises
    ------
    ValueError, TypeError, OverflowError
        If predictor and loss are not known together, or a value is not of its
        type, or not finite; the text names it.
    """
    predictor, loss = parameters.get("predictor_type"), parameters.get("loss_type")
    _check_loss(predictor, loss)
    metrics = as_object(parameters.get("metrics_params")) or {}
    values = {
        name: read(metrics[name], f"metrics_params.{name}")
        for name, read in _METRICS_PARAMS.items()
        if metrics.get(name) is not None
    }
    if parameters.get("threshold") is not None:
        values["threshold"] = _number(parameters["threshold"], "threshold")
    values.setdefault("threshold", uncalibrated_threshold(str(loss)))
    return {**values, "predictor_type": predictor, "loss_type": loss}


def _check_loss(predictor: object, loss: object) -> None:
    losses = next((own for name, own in LOSSES.items() if name == predictor), None)
    if losses is None:
        raise ValueError(
            f"predictor_type: {shortened(predictor)}: expected one of {', '.join(LOSSES)}"
        )
    known = {name for own in LOSSES.values() for name in own}
    unknown_regression = predictor == "regressor" and isinstance(loss, str) and loss not in known
    if loss not in losses and not unknown_regression:
        raise ValueError(
            f"loss_type: {shortened(loss)}: expected one of {', '.join(losses)} of a {predictor}"
        )


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: {shortened(value)}: expected a number")
    if not math.isfinite(value):  # of an integer beyond float it raises OverflowError
        raise ValueError(f"{name}: {value}: expected a finite number")
    return float(value)


def _integer(value: object, name: str) -> int:
    number = _number(value, name)
    if number != int(number):
        raise ValueError(f"{name}: {number}: expected an integer")
    return int(number)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: {shortened(value)}: expected a text")
    return value


def _numbers(value: object, name: str) -> tuple[float, ...]:
    values = as_list(value)
    if values is None:
        raise TypeError(f"{name}: {shortened(value)}: expected a list of numbers")
    return tuple(_number(one, name) for one in values)


_METRICS_PARAMS: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "eps_insensitive_loss_type": _text,
    "class_weights": _numbers,
    "huber_delta": _number,
    "quantile": _number,
    "loss_insensitivity": _number,
    "positive_example_weight_mult": _number,
    "accuracy_top_k": _integer,
    "threshold": _number,
    "f_beta": _number,
    "margin": _number,
}
"""What ``metrics_params`` has, in its order: attributes of `LinearModel`."""
