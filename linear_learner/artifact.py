"""The model artifact: ``model_algo-1``, as the built-in algorithm writes and reads it.

An uncompressed zip of ``manifest.json``, ``additional-params.json`` and a
model of MXNet: its graph and its arrays. Reading takes nothing for granted
and unpickles nothing.
"""

import io
import json
import math
import os
import struct
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from linear_learner.json_objects import as_object
from linear_learner.links import LINKS
from linear_learner.model import LinearModel
from linear_learner.mxnet_arrays import read_arrays, write_arrays

FILE_NAME: Final = "model_algo-1"
MAXIMUM_BYTES: Final = 1 << 30
"""The largest member that is read: a quarter of a billion features."""

_MANIFEST: Final = "manifest.json"
_PARAMETERS: Final = "additional-params.json"
_SYMBOL: Final = "mx-mod-symbol.json"
_ARRAYS: Final = "mx-mod-0000.params"
_WEIGHT: Final = "arg:fc0_weight"
_BIAS: Final = "arg:fc0_bias"
_BIAS_LR_MULT: Final = "10.0"
_ZIP_ERRORS: Final = (zipfile.BadZipFile, EOFError, RuntimeError, struct.error)
"""What `zipfile` raises for a damaged, cut off or encrypted file."""

_EPOCH_OF_ZIP: Final = (1980, 1, 1, 0, 0, 0)
"""A constant time, so that the same model is the same bytes."""


class ArtifactError(ValueError):
    """A model artifact that cannot be read; the text says which file, and why not."""


def save(model: LinearModel, folder: Path) -> Path:
    """Write the artifact into a folder; until all of it is written, it does not appear there."""
    target = folder / FILE_NAME
    unfinished = folder / f".{FILE_NAME}.unfinished"
    unfinished.write_bytes(encode(model))
    os.replace(unfinished, target)  # noqa: PTH105 - one way to say "at once, or not at all"
    return target


def load(folder: Path) -> LinearModel:
    """Read the artifact in a folder.

    Raises
    ------
    ArtifactError
        If it is missing, damaged, or not a model of this learner.
    """
    path = folder / FILE_NAME
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise ArtifactError(f"{path}: {error.strerror}") from error
    except (ValueError, *_ZIP_ERRORS) as error:
        raise ArtifactError(f"{path}: {error}") from error


def encode(model: LinearModel) -> bytes:
    """Return the artifact's bytes."""
    members = {
        _MANIFEST: _json({_PARAMETERS: "json", "mx-mod": "mxnet_module", "version": 1}),
        _PARAMETERS: _json(_parameters(model)),
        _SYMBOL: _json(_graph(model.feature_dim)),
        _ARRAYS: write_arrays({_WEIGHT: model.weights, _BIAS: model.bias[np.newaxis]}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH_OF_ZIP), content)
    return buffer.getvalue()


def decode(content: bytes) -> LinearModel:
    """Return the model of an artifact's bytes.

    Raises
    ------
    ArtifactError
        If it is not a model of this learner. A damaged zip raises what
        `zipfile` raises; `load` makes it an `ArtifactError` too.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parameters = _load_json(archive, _PARAMETERS)
        try:
            arrays = read_arrays(_member(archive, _ARRAYS))
        except ValueError as error:
            raise ArtifactError(f"{_ARRAYS}: {error}") from error
    if set(arrays) != {_WEIGHT, _BIAS}:
        raise ArtifactError(f"{_ARRAYS}: holds {sorted(arrays)}: expected {_WEIGHT} and {_BIAS}")
    weight, bias = arrays[_WEIGHT], arrays[_BIAS]
    if weight.ndim != 2 or weight.shape[1] != 1 or not weight.size or bias.shape != (1, 1):
        raise ArtifactError(
            f"{_ARRAYS}: shapes {weight.shape} and {bias.shape}: expected (features, 1) and (1, 1)"
        )
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise ArtifactError(f"{_ARRAYS}: holds a number that is not finite")
    return _model(parameters, weight, bias[0])


def _model(parameters: dict[str, Any], weights: np.ndarray, bias: np.ndarray) -> LinearModel:
    kind, loss = parameters.get("predictor_type"), parameters.get("loss_type")
    if kind != "binary_classifier" or not isinstance(loss, str) or loss not in LINKS:
        raise ArtifactError(
            f"{_PARAMETERS}: a {kind} with loss {loss} is not available yet: "
            f"expected a binary_classifier with {' or '.join(LINKS)}"
        )
    metrics = parameters.get("metrics_params", {})
    try:
        return LinearModel(
            weights=weights,
            bias=bias,
            threshold=_finite(parameters["threshold"]),
            predictor_type=kind,
            loss_type=loss,
            f_beta=float(metrics["f_beta"]),
            positive_example_weight_mult=float(metrics["positive_example_weight_mult"]),
            accuracy_top_k=int(metrics["accuracy_top_k"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ArtifactError(f"{_PARAMETERS}: {type(error).__name__}: {error}") from error


def _finite(value: str | float) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is not finite")
    return number


def _parameters(model: LinearModel) -> dict[str, Any]:
    return {
        "threshold": model.threshold,
        "loss_type": model.loss_type,
        "metrics_params": {
            "eps_insensitive_loss_type": None,
            "class_weights": None,
            "huber_delta": None,
            "quantile": None,
            "loss_insensitivity": None,
            "positive_example_weight_mult": model.positive_example_weight_mult,
            "accuracy_top_k": model.accuracy_top_k,
            "threshold": model.threshold,
            "f_beta": model.f_beta,
            "margin": None,
        },
        "predictor_type": model.predictor_type,
    }


def _graph(feature_dim: int) -> dict[str, Any]:
    """Return MXNet's graph of ``LogisticRegressionOutput(dot(data, weight) + bias)``."""
    weight = {"__shape__": f"({feature_dim}, 1)"}
    bias = {"__lr_mult__": _BIAS_LR_MULT, "__shape__": "(1, 1)"}
    nodes = [
        _node("null", "data"),
        _node("null", "fc0_weight", attrs=weight),
        _node("dot", "dot0", 0, 1),
        _node("null", "fc0_bias", attrs=bias),
        _node("broadcast_add", "broadcast_plus0", 2, 3),
        _node("null", "out_label"),
        _node("LogisticRegressionOutput", "logisticregressionoutput0", 4, 5),
    ]
    return {
        "nodes": nodes,
        "arg_nodes": [i for i, node in enumerate(nodes) if node["op"] == "null"],
        "node_row_ptr": list(range(len(nodes) + 1)),
        "heads": [[len(nodes) - 1, 0, 0]],
        "attrs": {"mxnet_version": ["int", 10301]},
    }


def _node(
    operation: str, name: str, *inputs: int, attrs: dict[str, str] | None = None
) -> dict[str, Any]:
    described = {} if attrs is None else {"attrs": attrs}
    return {"op": operation, "name": name, **described, "inputs": [[i, 0, 0] for i in inputs]}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _load_json(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    try:
        value = as_object(json.loads(_member(archive, name)))
    except ValueError as error:
        raise ArtifactError(f"{name}: {error}") from error
    if value is None:
        raise ArtifactError(f"{name}: expected an object")
    return value


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one member by its own name; nothing is ever extracted to a path."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise ArtifactError(f"{name} is missing") from None
    if entry.file_size > MAXIMUM_BYTES or entry.compress_type != zipfile.ZIP_STORED:
        raise ArtifactError(f"{name}: expected at most {MAXIMUM_BYTES} bytes, uncompressed")
    return archive.read(entry)
