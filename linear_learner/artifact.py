"""The model artifact: ``model_algo-1``, as the built-in algorithm writes and reads it.

An uncompressed zip of ``additional-params.json``, ``manifest.json`` and a model
of MXNet: its graph and its arrays. Of a binary_classifier and of a regressor
the layout is known: weights (features, 1) and bias (1, 1). Of a
multiclass_classifier it is not: weights (features, classes) and bias
(1, classes) are the same graph with more columns.

Reading takes nothing for granted and unpickles nothing: arrays are found by
their names, in any order; members and files that are not needed may be there;
a zip that was packed anew may be compressed. A model without a bias has none
added.
"""

import io
import json
import os
import struct
import zipfile
import zlib
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, Final

import numpy as np

from linear_learner import artifact_parameters
from linear_learner.arrays import Floats
from linear_learner.json_objects import as_object
from linear_learner.model import LinearModel
from linear_learner.mxnet_arrays import read_arrays, write_arrays
from linear_learner.mxnet_graph import linear_graph

FILE_NAME: Final = "model_algo-1"
MAXIMUM_BYTES: Final = 1 << 30
"""The largest artifact that is read, also unpacked: a quarter of a billion weights."""

MOST_MEMBERS: Final = 1000
"""Of an archive, where a model has four: a member takes far more memory than its entry."""

_LARGEST_PARAMETERS: Final = 1 << 26
"""Bytes of ``additional-params.json``, which has the weights of a million classes at most."""

_MANIFEST: Final = "manifest.json"
_PARAMETERS: Final = "additional-params.json"
_SYMBOL: Final = "mx-mod-symbol.json"
_ARRAYS: Final = "mx-mod-0000.params"
_WEIGHT: Final = "arg:fc0_weight"
_BIAS: Final = "arg:fc0_bias"
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP_ERRORS: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, struct.error),
    ValueError,  # an offset below 0
)
"""What `zipfile` raises for a damaged, cut off or encrypted file."""

_ZIP_ENTRY: Final = b"PK\1\2"
"""What a member's entry in the directory of a zip begins with."""

_LONGEST_REASON: Final = 100
"""Characters: `zipfile` quotes whatever stands where a name should."""

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
        return decode(_content(path))
    except OSError as error:
        raise ArtifactError(f"{path}: {error.strerror or error}") from error
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error


def encode(model: LinearModel) -> bytes:
    """Return the artifact's bytes."""
    features, outputs = model.weights.shape
    members = {
        _PARAMETERS: _json(artifact_parameters.describe(model)),
        _MANIFEST: _json({_PARAMETERS: "json", "mx-mod": "mxnet_module", "version": 1}),
        _SYMBOL: _json(linear_graph(features, outputs, model.loss_type)),
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
        If it is damaged, or not a model of this learner.
    """
    # zipfile reads the whole directory before anybody can ask how long it is.
    if content.count(_ZIP_ENTRY) > MOST_MEMBERS:
        raise ArtifactError(f"over {MOST_MEMBERS} members")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parameters = _read_parameters(_member(archive, _PARAMETERS, _LARGEST_PARAMETERS))
            weights, bias = _read_arrays(_member(archive, _ARRAYS, MAXIMUM_BYTES))
    except ArtifactError:
        raise
    except _ZIP_ERRORS as error:
        raise ArtifactError(f"not a whole zip: {str(error)[:_LONGEST_REASON]}") from error
    outputs = weights.shape[1]
    if (outputs == 1) == (parameters["predictor_type"] == "multiclass_classifier"):
        raise ArtifactError(
            f"{_ARRAYS}: {outputs} outputs do not fit a {parameters['predictor_type']}"
        )
    return LinearModel(weights=weights, bias=bias, **parameters)


def _content(path: Path) -> bytes:
    if not path.parent.is_dir():
        raise ArtifactError("No such file or directory")
    if not path.is_file():
        found = sorted(entry.name for entry in path.parent.iterdir())
        raise ArtifactError(f"No such file: the folder holds {shortened(found)}")
    if path.stat().st_size > MAXIMUM_BYTES:
        raise ArtifactError(f"over {MAXIMUM_BYTES} bytes")
    return path.read_bytes()


def _read_parameters(content: bytes) -> dict[str, Any]:
    try:
        value = as_object(json.loads(content))
        if value is None:
            raise ArtifactError(f"{_PARAMETERS}: expected an object")
        return artifact_parameters.parse(value)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ArtifactError(f"{_PARAMETERS}: {error}") from error


def _read_arrays(content: bytes) -> tuple[Floats, Floats]:
    """Return weights and bias, checked."""
    try:
        arrays = {
            name: array
            for name, array in read_arrays(content).items()
            if not name.startswith("aux:")
        }
    except ValueError as error:
        raise ArtifactError(f"{_ARRAYS}: {error}") from error
    if not {_WEIGHT} <= set(arrays) <= {_WEIGHT, _BIAS}:
        raise ArtifactError(
            f"{_ARRAYS}: holds {shortened(sorted(arrays))}: expected {_WEIGHT} and {_BIAS}"
        )
    weights = arrays[_WEIGHT]
    outputs = weights.shape[-1] if weights.ndim == 2 else 0
    bias = arrays.get(_BIAS, np.zeros((1, outputs), np.float32))
    if not weights.size or not outputs or bias.shape not in ((1, outputs), (outputs,)):
        raise ArtifactError(
            f"{_ARRAYS}: shapes {weights.shape} and {bias.shape}: "
            "expected (features, outputs) and (1, outputs)"
        )
    if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
        raise ArtifactError(f"{_ARRAYS}: holds a number that is not finite")
    return weights, bias.reshape(outputs)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _member(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """Read one member by its own name; nothing is ever extracted to a path."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise ArtifactError(f"{name} is missing") from None
    if entry.compress_type not in _METHODS:
        raise ArtifactError(f"{name}: expected it stored or deflated")
    # zipfile gives no more than the size that is declared, whatever is compressed in it.
    if entry.file_size > largest:
        raise ArtifactError(f"{name}: {entry.file_size} bytes: expected at most {largest}")
    return archive.read(entry)
