"""The model artifact: the built-in algorithm's layout, and nothing else is read."""

import io
import json
import math
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linear_learner import artifact
from linear_learner.artifact import ArtifactError
from linear_learner.model import LinearModel
from linear_learner.mxnet_arrays import write_arrays

MODEL = LinearModel(
    weights=np.array([[0.5], [-1.25], [3]], np.float32),
    bias=np.array([-0.75], np.float32),
    threshold=0.030055724,
    predictor_type="binary_classifier",
    loss_type="logistic",
    f_beta=1.0,
    positive_example_weight_mult=1.0,
    accuracy_top_k=3,
)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def changed(**replaced: bytes | None) -> bytes:
    """Replace members (their names begin with the key), or leave them out."""
    files = members(artifact.encode(MODEL))
    for start, content in replaced.items():
        name = next(n for n in files if n.startswith(start))
        if content is None:
            del files[name]
        else:
            files[name] = content
    return zipped(files)


def arrays(weight: np.ndarray, bias: np.ndarray) -> bytes:
    return changed(
        **{
            "mx-mod-0000": write_arrays(
                {"arg:fc0_bias": bias.astype(np.float32), "arg:fc0_weight": weight}
            )
        }
    )


def test_a_saved_model_is_loaded_as_it_was(tmp_path: Path) -> None:
    path = artifact.save(MODEL, tmp_path)
    assert path == tmp_path / "model_algo-1"
    assert [file.name for file in tmp_path.iterdir()] == ["model_algo-1"]
    loaded = artifact.load(tmp_path)
    assert np.array_equal(loaded.weights, MODEL.weights)
    assert (loaded.bias[0], loaded.threshold, loaded.f_beta) == (-0.75, 0.030055724, 1.0)


def test_the_same_model_is_the_same_bytes() -> None:
    assert artifact.encode(MODEL) == artifact.encode(MODEL)


def test_the_layout_is_that_of_the_built_in_algorithm() -> None:
    content = artifact.encode(MODEL)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    files = members(content)
    assert json.loads(files["manifest.json"]) == {
        "additional-params.json": "json",
        "mx-mod": "mxnet_module",
        "version": 1,
    }
    assert json.loads(files["additional-params.json"]) == {
        "threshold": 0.030055724,
        "loss_type": "logistic",
        "metrics_params": {
            "eps_insensitive_loss_type": None,
            "class_weights": None,
            "huber_delta": None,
            "quantile": None,
            "loss_insensitivity": None,
            "positive_example_weight_mult": 1.0,
            "accuracy_top_k": 3,
            "threshold": 0.030055724,
            "f_beta": 1.0,
            "margin": None,
        },
        "predictor_type": "binary_classifier",
    }


def test_the_graph_is_that_of_the_built_in_algorithm() -> None:
    graph = json.loads(members(artifact.encode(MODEL))["mx-mod-symbol.json"])
    assert [(node["op"], node["inputs"]) for node in graph["nodes"]] == [
        ("null", []),
        ("null", []),
        ("dot", [[0, 0, 0], [1, 0, 0]]),
        ("null", []),
        ("broadcast_add", [[2, 0, 0], [3, 0, 0]]),
        ("null", []),
        ("LogisticRegressionOutput", [[4, 0, 0], [5, 0, 0]]),
    ]
    assert graph["nodes"][1]["attrs"] == {"__shape__": "(3, 1)"}
    assert graph["nodes"][3]["attrs"] == {"__lr_mult__": "10.0", "__shape__": "(1, 1)"}
    assert graph["arg_nodes"] == [0, 1, 3, 5]
    assert graph["node_row_ptr"] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert graph["heads"] == [[6, 0, 0]]
    assert graph["attrs"] == {"mxnet_version": ["int", 10301]}


def test_arrays_in_another_order_are_read() -> None:
    turned = arrays(MODEL.weights, MODEL.bias[None])
    loaded = artifact.decode(turned)
    assert np.array_equal(loaded.weights, MODEL.weights)
    assert loaded.bias == MODEL.bias


PARAMETERS = json.loads(members(artifact.encode(MODEL))["additional-params.json"])


def parameters(**values: object) -> bytes:
    return changed(additional=json.dumps({**PARAMETERS, **values}).encode())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (changed(additional=None), "additional-params.json is missing"),
        (changed(additional=b"{"), "additional-params.json: "),
        (changed(additional=b"[1]"), "additional-params.json: expected an object"),
        (
            parameters(predictor_type="regressor"),
            "a regressor with loss logistic is not available yet",
        ),
        (parameters(threshold=math.nan), "additional-params.json: ValueError: nan is not finite"),
        (parameters(threshold=10**400), "additional-params.json: OverflowError"),
        (parameters(loss_type=["logistic"]), "a binary_classifier with loss .* not available"),
        (parameters(metrics_params=None), "additional-params.json: TypeError"),
        (changed(**{"mx-mod-0000": None}), "mx-mod-0000.params is missing"),
        (changed(**{"mx-mod-0000": b"\x12\x01"}), "mx-mod-0000.params: cut off"),
        (
            changed(**{"mx-mod-0000": write_arrays({"arg:fc0_weight": MODEL.weights})}),
            "expected arg:fc0_weight and arg:fc0_bias",
        ),
        (arrays(MODEL.weights[:, 0], np.zeros((1, 1))), r"expected \(features, 1\)"),
        (arrays(MODEL.weights[:0], np.zeros((1, 1))), r"expected \(features, 1\)"),
        (arrays(MODEL.weights * np.inf, np.zeros((1, 1))), "not finite"),
        (zipped(members(artifact.encode(MODEL)), zipfile.ZIP_DEFLATED), "uncompressed"),
        (b"not a zip", "zip"),
        (artifact.encode(MODEL)[:-40], "zip"),
    ],
)
def test_a_damaged_artifact_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "model_algo-1").write_bytes(content)
    with pytest.raises(ArtifactError, match=reason) as refusal:
        artifact.load(tmp_path)
    assert "model_algo-1" in str(refusal.value)


def test_a_missing_artifact_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="model_algo-1: No such file"):
        artifact.load(tmp_path)


@given(position=st.integers(0, len(artifact.encode(MODEL)) - 1), value=st.integers(0, 255))
def test_a_wrong_byte_anywhere_is_refused_or_does_no_harm(position: int, value: int) -> None:
    content = bytearray(artifact.encode(MODEL))
    content[position] = value
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model_algo-1").write_bytes(content)
        try:
            loaded = artifact.load(Path(folder))
        except ArtifactError:
            return
        assert np.isfinite(loaded.weights).all()
