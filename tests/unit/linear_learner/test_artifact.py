"""The model artifact: the built-in algorithm's are read, and written as it writes them."""

import io
import json
import math
import os
import tempfile
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.hyperparameters import LOSSES
from linear_learner import artifact
from linear_learner.artifact import ArtifactError
from linear_learner.model import LinearModel
from tests.unit.linear_learner.real_artifact import (
    BINARY,
    MULTICLASS,
    REGRESSOR,
    changed,
    params,
    real,
    stored_zip,
    symbol,
)

WEIGHTS = [[0.5], [-1.25], [3]]
WEIGHT, BIAS = ("arg:fc0_weight", WEIGHTS), ("arg:fc0_bias", [[-0.75]])
ARRAYS = params([WEIGHT, BIAS])
MODEL = LinearModel(
    weights=np.array(WEIGHTS, np.float32),
    bias=np.array([-0.75], np.float32),
    threshold=0.030055724084377289,
    predictor_type="binary_classifier",
    loss_type="logistic",
    f_beta=1.0,
    positive_example_weight_mult=1.0,
    accuracy_top_k=3,
)
CLASSES = [[0.5, 1, -1], [-1.25, 0, 2]]
CLASS_ARRAYS = params([("arg:fc0_bias", [[0, 1, 2]]), ("arg:fc0_weight", CLASSES)])


def equal(one: LinearModel, other: LinearModel) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(LinearModel)
    )


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes], method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_binary_classifier_of_the_built_in_algorithm_is_read() -> None:
    assert equal(artifact.decode(real(BINARY, ARRAYS)), MODEL)


def test_a_regressor_of_the_built_in_algorithm_is_read() -> None:
    model = artifact.decode(real(REGRESSOR, ARRAYS))
    features = np.array([[1, 2, 3], [0, 0, 0]], np.float32)
    assert model.scores(features).tolist() == [0.5 - 2.5 + 9 - 0.75, -0.75]
    assert model.labels(model.scores(features)) is None
    assert (model.threshold, model.f_beta) == (0.5, None)


def test_a_multiclass_classifier_is_read() -> None:
    model = artifact.decode(real(MULTICLASS, CLASS_ARRAYS))
    scores = model.scores(np.array([[1, 0], [0, 2]], np.float32))
    powers = np.exp([[0.5, 2, 1], [-2.5, 1, 6]])
    assert scores == pytest.approx(powers / powers.sum(axis=1, keepdims=True), rel=1e-6)
    labels = model.labels(scores)
    assert labels is not None
    assert labels.tolist() == [1, 2]
    assert model.class_weights == (1, 2, 0.5)


@pytest.mark.parametrize(
    "content",
    [
        real(BINARY, params([BIAS, WEIGHT])),
        real(BINARY, params([WEIGHT, BIAS, ("aux:mean", [1])])),
        real(BINARY, params([WEIGHT, ("arg:fc0_bias", [-0.75])])),
        real(BINARY, ARRAYS, descriptors=True),
        zipped(members(real(BINARY, ARRAYS)), zipfile.ZIP_DEFLATED),
        real(BINARY, params([WEIGHT, BIAS], device=2)),
        real(BINARY.replace("binary", "\\u0062inary"), ARRAYS),
        real(json.dumps(json.loads(BINARY), sort_keys=True, indent=1), ARRAYS),
        stored_zip({**members(real(BINARY, ARRAYS)), "more/state.json": b"{}", "../up": b"x"}),
    ],
    ids=["order", "aux", "flat", "descriptors", "deflated", "gpu", "unicode", "sorted", "more"],
)
def test_the_same_model_is_read_however_it_is_laid_out(content: bytes) -> None:
    assert equal(artifact.decode(content), MODEL)


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": None},
        {"metrics_params": None},
        {"metrics_params": {}},
        {"f_beta": None, "accuracy_top_k": None, "positive_example_weight_mult": None},
    ],
)
def test_what_is_null_or_missing_is_of_no_matter(changes: dict[str, object]) -> None:
    model = artifact.decode(real(changed(BINARY, **changes), ARRAYS))
    assert np.array_equal(model.weights, MODEL.weights)
    assert math.isfinite(model.threshold)


@pytest.mark.parametrize(
    ("loss", "threshold"),
    [("logistic", 0.5), ("hinge_loss", 0.0)],
    ids=["probability", "side of the plane"],
)
def test_without_a_threshold_a_yes_is_what_the_loss_has_it(loss: str, threshold: float) -> None:
    parameters = changed(BINARY, metrics_params={}, threshold=None, loss_type=loss)
    assert artifact.decode(real(parameters, ARRAYS)).threshold == threshold


def test_a_model_without_a_bias_has_none_added() -> None:
    model = artifact.decode(real(REGRESSOR, params([("arg:fc0_weight", WEIGHTS)])))
    assert model.bias.tolist() == [0]


def test_a_regressor_may_have_a_loss_of_any_name() -> None:
    model = artifact.decode(real(changed(REGRESSOR, loss_type="eps_insensitive"), ARRAYS))
    assert model.scores(np.ones((1, 3), np.float32)).tolist() == [1.5]


@pytest.mark.parametrize(
    ("parameters", "arrays", "graph"),
    [
        (
            BINARY,
            ARRAYS,
            symbol(3, 1, "LogisticRegressionOutput", suffix=0),
        ),
        (REGRESSOR, ARRAYS, symbol(3, 1, "LinearRegressionOutput", suffix=0)),
        (
            MULTICLASS,
            params([("arg:fc0_weight", CLASSES), ("arg:fc0_bias", [[0, 1, 2]])]),
            symbol(2, 3, "SoftmaxOutput", suffix=0),
        ),
        (
            changed(BINARY, loss_type="hinge_loss", margin=1.0),
            ARRAYS,
            symbol(3, 1, "LinearRegressionOutput", suffix=0),
        ),
    ],
    ids=["binary", "regressor", "multiclass", "hinge"],
)
def test_a_model_is_written_as_it_was_read(parameters: str, arrays: bytes, graph: str) -> None:
    written = members(artifact.encode(artifact.decode(real(parameters, arrays, graph))))
    assert list(written) == [
        "additional-params.json",
        "manifest.json",
        "mx-mod-symbol.json",
        "mx-mod-0000.params",
    ]
    assert json.dumps(json.loads(written["additional-params.json"])) == json.dumps(
        json.loads(parameters)
    )
    assert json.loads(written["manifest.json"]) == {
        "additional-params.json": "json",
        "mx-mod": "mxnet_module",
        "version": 1,
    }
    assert json.dumps(json.loads(written["mx-mod-symbol.json"])) == json.dumps(json.loads(graph))
    assert written["mx-mod-0000.params"] == arrays


def test_the_zip_is_not_compressed() -> None:
    with zipfile.ZipFile(io.BytesIO(artifact.encode(MODEL))) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize(
    ("predictor", "loss"), [(predictor, loss) for predictor in LOSSES for loss in LOSSES[predictor]]
)
def test_a_saved_model_of_every_loss_is_loaded_as_it_was(
    predictor: str, loss: str, tmp_path: Path
) -> None:
    columns = 4 if predictor == "multiclass_classifier" else 1
    random = np.random.default_rng(0)
    model = LinearModel(
        weights=random.normal(size=(5, columns)).astype(np.float32),
        bias=random.normal(size=columns).astype(np.float32),
        predictor_type=predictor,
        loss_type=loss,
        threshold=0.1,
        class_weights=(1.5,) * columns,
        quantile=0.3,
        huber_delta=2.0,
        loss_insensitivity=0.2,
        margin=0.5,
        eps_insensitive_loss_type="squared",
    )
    assert artifact.save(model, tmp_path) == tmp_path / "model_algo-1"
    assert [file.name for file in tmp_path.iterdir()] == ["model_algo-1"]
    loaded = artifact.load(tmp_path)
    assert equal(loaded, model)
    features = random.normal(size=(7, 5)).astype(np.float32)
    assert np.array_equal(loaded.scores(features), model.scores(features))


def test_the_same_model_is_the_same_bytes() -> None:
    assert artifact.encode(MODEL) == artifact.encode(replace(MODEL))


WHOLE = members(real(BINARY, ARRAYS))


def without(name: str) -> bytes:
    return stored_zip({n: content for n, content in WHOLE.items() if n != name})


def with_offset_below_0(content: bytes) -> bytes:
    """Say that the directory begins later than it does."""
    end = content.rindex(b"PK\5\6")
    start = int.from_bytes(content[end + 16 : end + 20], "little") + 40
    return content[: end + 16] + start.to_bytes(4, "little") + content[end + 20 :]


def arrays(*named: tuple[str, object]) -> bytes:
    return real(BINARY, params(named))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (without("additional-params.json"), "additional-params.json is missing"),
        (real("{", ARRAYS), "additional-params.json: "),
        (real("[1]", ARRAYS), "additional-params.json: expected an object"),
        (real('{"threshold":' + "[" * 100_000, ARRAYS), "additional-params.json: "),
        (real("{}", ARRAYS), "predictor_type: None: expected one of binary_classifier, multi"),
        (
            real(changed(BINARY, predictor_type="ranker"), ARRAYS),
            "predictor_type: 'ranker': expected one of",
        ),
        (
            real(changed(BINARY, loss_type="squared_loss"), ARRAYS),
            "loss_type: 'squared_loss': expected one of logistic, hinge_loss of a binary_class",
        ),
        (real(changed(BINARY, loss_type="cubic"), ARRAYS), "loss_type: 'cubic'"),
        (real(changed(BINARY, loss_type=["logistic"]), ARRAYS), r"loss_type: \['logistic'\]"),
        (real(changed(REGRESSOR, loss_type="logistic"), ARRAYS), "loss_type: 'logistic'"),
        (real(changed(REGRESSOR, loss_type=None), ARRAYS), "loss_type: None"),
        (real(BINARY.replace("0.030055724084377289", "NaN"), ARRAYS), "threshold: nan: expected"),
        (real(BINARY.replace("0.030055724084377289", "1" * 400), ARRAYS), "too large"),
        (real(changed(BINARY, f_beta="1"), ARRAYS), "metrics_params.f_beta: '1': expected a numb"),
        (real(changed(BINARY, accuracy_top_k=2.5), ARRAYS), "accuracy_top_k: 2.5: expected an int"),
        (real(changed(BINARY, class_weights=3), ARRAYS), "class_weights: 3: expected a list"),
        (without("mx-mod-0000.params"), "mx-mod-0000.params is missing"),
        (real(BINARY, b"\x12\x01"), "mx-mod-0000.params: cut off"),
        (real(BINARY, params([WEIGHT, BIAS], dtype=1, numpy_type="<f8")), "an array of float64"),
        (real(BINARY, params([WEIGHT, BIAS], dtype=2, numpy_type="<f2")), "an array of float16"),
        (arrays(BIAS), "expected arg:fc0_weight and arg:fc0_bias"),
        (arrays(WEIGHT, BIAS, ("arg:fc1_weight", WEIGHTS)), "expected arg:fc0_weight and arg:fc0"),
        (arrays(("arg:fc0_weight", [1, 2]), BIAS), r"expected \(features, outputs\)"),
        (arrays(("arg:fc0_weight", 1), BIAS), r"expected \(features, outputs\)"),
        (arrays(("arg:fc0_weight", np.zeros((0, 1))), BIAS), r"expected \(features, outputs\)"),
        (arrays(WEIGHT, ("arg:fc0_bias", [[1, 2]])), r"expected \(features, outputs\)"),
        (arrays(("arg:fc0_weight", [[math.inf]]), BIAS), "not finite"),
        (arrays(WEIGHT, ("arg:fc0_bias", [[math.nan]])), "not finite"),
        (real(BINARY, CLASS_ARRAYS), "3 outputs do not fit a binary_classifier"),
        (real(MULTICLASS, ARRAYS), "1 outputs do not fit a multiclass_classifier"),
        (zipped(WHOLE, zipfile.ZIP_BZIP2), "expected it stored or deflated"),
        (b"not a zip", "not a whole zip"),
        (with_offset_below_0(real(BINARY, ARRAYS)), "not a whole zip"),
        (b"", "not a whole zip"),
        (real(BINARY, ARRAYS)[:-40], "not a whole zip"),
    ],
)
def test_a_damaged_artifact_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "model_algo-1").write_bytes(content)
    with pytest.raises(ArtifactError, match=reason) as refusal:
        artifact.load(tmp_path)
    assert "model_algo-1" in str(refusal.value)
    assert len(str(refusal.value)) < 400


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "MAXIMUM_BYTES", 1 << 20)
    bomb = {**WHOLE, "mx-mod-0000.params": bytes((1 << 20) + 1)}
    (tmp_path / "model_algo-1").write_bytes(zipped(bomb, zipfile.ZIP_DEFLATED))
    with pytest.raises(ArtifactError, match="1048577 bytes: expected at most 1048576"):
        artifact.load(tmp_path)
    (tmp_path / "model_algo-1").write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(ArtifactError, match="over 1048576 bytes"):
        artifact.load(tmp_path)


def test_a_missing_artifact_is_told_by_its_path_and_by_what_is_there(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="model_algo-1: No such file: the folder holds \\[\\]"):
        artifact.load(tmp_path)
    (tmp_path / "model").mkdir()
    with pytest.raises(ArtifactError, match=r"the folder holds \['model'\]"):
        artifact.load(tmp_path)
    with pytest.raises(ArtifactError, match="nowhere/model_algo-1: No such file or directory"):
        artifact.load(tmp_path / "nowhere")


def test_nothing_waits_for_what_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model_algo-1")
    with pytest.raises(ArtifactError, match="No such file"):
        artifact.load(tmp_path)


BYTES = real(BINARY, ARRAYS, symbol(3, 1, "LogisticRegressionOutput"))
DEFLATED = zipped(members(BYTES), zipfile.ZIP_DEFLATED)


@given(
    content=st.sampled_from([BYTES, DEFLATED]),
    position=st.integers(0, len(BYTES) - 1),
    value=st.integers(0, 255),
)
def test_a_wrong_byte_anywhere_is_refused_or_does_no_harm(
    content: bytes, position: int, value: int
) -> None:
    damaged = bytearray(content)
    damaged[position % len(content)] = value
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model_algo-1").write_bytes(damaged)
        reason = ""
        try:
            loaded = artifact.load(Path(folder))
            assert np.isfinite(loaded.weights).all()
        except ArtifactError as refusal:
            reason = str(refusal)
        assert len(reason) < 400
