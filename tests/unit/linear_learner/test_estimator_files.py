"""Trained models as files: what SageMaker trained is loaded, what is saved SageMaker can host."""

# X is scikit-learn's name.
# ruff: noqa: N806
# scikit-learn has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import NotFittedError

from linear_learner import LinearLearner
from linear_learner.container import Container
from linear_learner.train import train
from tests.unit.linear_learner.real_artifact import (
    BINARY,
    MULTICLASS,
    REGRESSOR,
    changed,
    params,
    real,
)
from tests.unit.linear_learner.samples import dataset, write_job

CANCER: Any = load_breast_cancer(return_X_y=True)
IRIS: Any = load_iris(return_X_y=True)
DIABETES: Any = load_diabetes(return_X_y=True)
DATA = {"binary_classifier": CANCER, "multiclass_classifier": IRIS, "regressor": DIABETES}


def sagemakers(folder: Path, parameters: str, weight: Any, bias: Any) -> Path:
    """Write a model.tar.gz as SageMaker does, without this project's writer."""
    content = real(parameters, params([("arg:fc0_bias", bias), ("arg:fc0_weight", weight)]))
    (folder / "model_algo-1").write_bytes(content)
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model_algo-1", "model_algo-1")
    return folder / "model.tar.gz"


def test_a_binary_classifier_of_sagemaker_answers_by_its_threshold(tmp_path: Path) -> None:
    learner = LinearLearner.load(sagemakers(tmp_path, BINARY, [[0.5], [-1.25]], [[-0.75]]))
    X = np.array([[1, 1], [0, 2], [0.3, 2.0], [4, 1]], np.float32)
    scores = 1 / (1 + np.exp(-(X @ np.array([0.5, -1.25]) - 0.75)))
    np.testing.assert_allclose(learner.predict_proba(X)[:, 1], scores, atol=2e-7)
    assert learner.threshold_ == 0.030055724084377289
    assert learner.predict(X).tolist() == [1, 1, 1, 1]
    assert learner.predict([[0.0, 2.5]]).tolist() == [0]
    assert (learner.classes_.tolist(), learner.n_features_in_) == ([0, 1], 2)
    assert learner.get_params()["predictor_type"] == "binary_classifier"
    assert learner.get_params()["loss"] == "logistic"


def test_a_hinge_classifier_of_sagemaker_answers_by_its_outputs(tmp_path: Path) -> None:
    told = changed(BINARY, loss_type="hinge_loss", margin=2.0)
    learner = LinearLearner.load(sagemakers(tmp_path, told, [[1.0]], [[0.0]]))
    assert learner.predict([[0.02], [0.04]]).tolist() == [0, 1]
    assert not hasattr(learner, "predict_proba")
    assert learner.get_params()["margin"] == 2.0


def test_a_multiclass_classifier_of_sagemaker_answers_with_its_classes(tmp_path: Path) -> None:
    weight, bias = [[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]], [[0.0, -1.0, 0.0]]
    path = sagemakers(tmp_path, MULTICLASS, weight, bias)
    learner = LinearLearner.load(path, classes=["left", "up", "right"])
    assert learner.predict([[3, 0], [0, 3], [-3, 0]]).tolist() == ["left", "up", "right"]
    assert learner.predict_proba([[0, 0.5]]).tolist() == [pytest.approx([1 / 3] * 3)]
    assert learner.coef_.tolist() == [[1, 0], [0, 2], [-1, 0]]
    assert LinearLearner.load(path).classes_.tolist() == [0, 1, 2]


def test_a_regressor_of_sagemaker_answers_with_numbers(tmp_path: Path) -> None:
    learner = LinearLearner.load(sagemakers(tmp_path, REGRESSOR, [[2.0], [0.5]], [[10.0]]))
    assert learner.predict([[1, 2], [0, 0]]).tolist() == [13, 10]
    assert (learner.coef_.tolist(), learner.intercept_) == ([2, 0.5], 10)


def test_names_of_another_number_of_classes_are_refused(tmp_path: Path) -> None:
    path = sagemakers(tmp_path, BINARY, [[0.5]], [[0.0]])
    with pytest.raises(ValueError, match="expected the names of 2 classes"):
        LinearLearner.load(path, classes=["a", "b", "c"])


def test_records_of_another_width_are_refused(tmp_path: Path) -> None:
    learner = LinearLearner.load(sagemakers(tmp_path, BINARY, [[0.5]], [[0.0]]))
    with pytest.raises(ValueError, match="X has 2 features, but LinearLearner is expecting 1"):
        learner.predict([[1, 2]])


@pytest.mark.parametrize("name", ["model.tar.gz", "model_algo-1", "."])
@pytest.mark.parametrize("kind", list(DATA))
def test_what_is_saved_is_loaded(tmp_path: Path, kind: str, name: str) -> None:
    X, y = DATA[kind]
    learner = LinearLearner(kind, num_models=2, epochs=2, validation_fraction=0.3).fit(X, y)
    path = learner.save(tmp_path / name)
    again = LinearLearner.load(path)
    np.testing.assert_array_equal(again.predict(X), learner.predict(X))
    np.testing.assert_array_equal(again.coef_, learner.coef_)
    np.testing.assert_array_equal(again.intercept_, learner.intercept_)
    assert again.save(tmp_path / "model_algo-1").read_bytes() == path.read_bytes() or "tar" in name


def test_a_loaded_learner_can_be_trained_anew(tmp_path: Path) -> None:
    told = changed(BINARY, loss_type="hinge_loss", margin=2.0, positive_example_weight_mult=3.0)
    loaded = LinearLearner.load(sagemakers(tmp_path, told, [[1.0]], [[0.0]]))
    X, y = CANCER
    again = loaded.set_params(random_state=0, epochs=3).fit(X, y)
    given: dict[str, Any] = {
        "loss": "hinge_loss",
        "margin": 2.0,
        "positive_example_weight_mult": 3.0,
    }
    anew = LinearLearner(random_state=0, epochs=3, **given).fit(X, y)
    np.testing.assert_array_equal(again.coef_, anew.coef_)


def test_a_stream_goes_on_from_what_sagemaker_trained(tmp_path: Path) -> None:
    weight, bias = [[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]], [[0.0, -1.0, 0.0]]
    path = sagemakers(tmp_path, MULTICLASS, weight, bias)
    names = np.array(["left", "up", "right"])
    learner = LinearLearner.load(path, classes=names)
    X = np.random.default_rng(0).normal(size=(500, 2))
    y = learner.predict(X)
    learner.set_params(random_state=0, learning_rate=1e-4)
    assert learner.partial_fit(X, y).classes_.tolist() == names.tolist()
    assert learner.score(X, y) > 0.97


def test_what_is_not_trained_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        LinearLearner().save(tmp_path / "model.tar.gz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "given",
    [
        {"predictor_type": "binary_classifier"},
        {"predictor_type": "binary_classifier", "loss": "hinge_loss", "optimizer": "sgd"},
        {"predictor_type": "multiclass_classifier", "num_classes": "3"},
        {"predictor_type": "regressor", "num_models": "3"},
    ],
)
def test_it_trains_what_a_training_job_trains(tmp_path: Path, given: dict[str, Any]) -> None:
    given |= {"epochs": "3", "mini_batch_size": "50"}
    data, held = dataset(400), dataset(200, seed=1)
    if "multi" in given["predictor_type"]:
        for part in (data, held):
            part.labels[:] = np.digitize(part.features[:, 4], [0, 5])
    job = write_job(tmp_path, given, {"train": (data,), "validation": (held,)})
    train(Container(job, "127.0.0.1", 8080))
    trained = LinearLearner.load(job / "model")
    here = LinearLearner(**given, random_state=0).fit(
        data.features, data.labels, X_val=held.features, y_val=held.labels
    )
    np.testing.assert_array_equal(trained.coef_, here.coef_)
    np.testing.assert_array_equal(trained.predict(held.features), here.predict(held.features))
