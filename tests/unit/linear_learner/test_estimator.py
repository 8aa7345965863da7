"""The estimator: scikit-learn's words around what a training job does."""

# X is scikit-learn's name.
# ruff: noqa: N803, N806
# scikit-learn has no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import pickle
import re
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn import base
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from contract.hyperparameters import TABLE, HyperparameterError, parse
from linear_learner import LinearLearner

pytestmark = pytest.mark.filterwarnings("error")

clone: Any = base.clone
CANCER: Any = load_breast_cancer(return_X_y=True)
IRIS: Any = load_iris(return_X_y=True)
DIABETES: Any = load_diabetes(return_X_y=True)
DATA = {"binary_classifier": CANCER, "multiclass_classifier": IRIS, "regressor": DIABETES}


def learner(kind: str = "binary_classifier", **given: Any) -> Any:
    parameters: dict[str, Any] = {"random_state": 0, "num_models": 2, **given}
    return LinearLearner(kind, **parameters)


# Parameters


def test_parameters_are_the_hyperparameters_and_options_of_the_library() -> None:
    extra = {"averaging", "blending", "validation_fraction", "random_state"}
    assert set(LinearLearner().get_params()) == {*TABLE, *extra}


@pytest.mark.parametrize("kind", list(DATA))
def test_defaults_are_a_training_jobs_but_for_the_batch_size(kind: str) -> None:
    needed = {"num_classes": "3"} if kind == "multiclass_classifier" else {}
    job = parse({"predictor_type": kind, "mini_batch_size": "1000", **needed})
    parameters = LinearLearner(kind)
    assert parameters.hyperparameters(classes=3, records=16_000, validated=True) == job


@pytest.mark.parametrize(
    ("records", "size"), [(1, 8), (128, 8), (320, 20), (16_000, 1000), (10**7, 1000)]
)
def test_small_data_makes_small_batches(records: int, size: int) -> None:
    given = LinearLearner("regressor").hyperparameters(classes=0, records=records, validated=False)
    assert given.mini_batch_size == size


def test_what_a_training_job_was_given_can_be_given_here() -> None:
    job: dict[str, Any] = {"predictor_type": "regressor", "epochs": "2", "use_bias": "False"}
    as_texts = LinearLearner(**job, random_state=0).fit(*DIABETES)
    as_values = LinearLearner("regressor", epochs=2, use_bias=False, random_state=0)
    np.testing.assert_array_equal(as_texts.coef_, as_values.fit(*DIABETES).coef_)


@pytest.mark.parametrize(
    "job",
    [
        {"predictor_type": "binary_classifier", "loss": "squared_loss"},
        {"predictor_type": "binary_classifier", "epochs": "0"},
        {"predictor_type": "binary_classifier", "learning_rate": "fast"},
        {"predictor_type": "binary_classifier", "quantile": "0.9"},
        {"predictor_type": "classifier"},
        {"predictor_type": "multiclass_classifier", "num_classes": "2"},
    ],
)
def test_what_a_training_job_refuses_is_refused_with_its_text(job: dict[str, Any]) -> None:
    with pytest.raises(HyperparameterError) as refused:
        parse(job)
    with pytest.raises(ValueError, match=f"^{re.escape(str(refused.value))}$"):
        LinearLearner(**job).fit(*DATA.get(job["predictor_type"], CANCER))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"blending": 0}, "blending == 0, must be >= 1"),
        ({"averaging": "yes"}, "averaging must be an instance of bool"),
        ({"feature_dim": 7}, "feature_dim: 7: X has 30"),
        ({"random_state": -1}, "Seed must be between 0 and"),
        ({"validation_fraction": 1.5}, "validation_fraction == 1.5, must be < 1"),
    ],
)
def test_the_other_parameters_are_checked_too(given: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        learner(**given).fit(*CANCER)


def test_predictor_type_tells_scikit_learn_what_it_is() -> None:
    assert is_regressor(LinearLearner("regressor"))
    assert is_classifier(LinearLearner("multiclass_classifier"))
    changed = LinearLearner().set_params(predictor_type="regressor")
    assert not is_classifier(changed)
    assert not hasattr(changed, "decision_function")


# What is learned


@pytest.mark.parametrize(
    ("kind", "least"),
    [("binary_classifier", 0.96), ("multiclass_classifier", 0.93), ("regressor", 0.45)],
)
def test_small_data_is_learned_with_the_defaults(kind: str, least: float) -> None:
    scores = cross_val_score(LinearLearner(kind, random_state=0), *DATA[kind], cv=4)
    assert scores.mean() > least


@pytest.mark.parametrize("kind", list(DATA))
@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_matrix, sp.coo_array])
def test_sparse_features_are_learned_as_dense_ones(kind: str, form: Any) -> None:
    X, y = DATA[kind]
    gaps = np.where(np.median(X, axis=0) < X, X, 0)
    # Of sparse records only the features of a batch are updated: in small ones, not all are.
    given: dict[str, Any] = {"unbias_data": False, "epochs": 5, "mini_batch_size": 75}
    dense = learner(kind, **given).fit(gaps, y)
    sparse = learner(kind, **given).fit(form(gaps), y)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(sparse.intercept_, dense.intercept_, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", list(DATA))
def test_sparse_features_are_answered_as_dense_ones(kind: str) -> None:
    X, y = DATA[kind]
    fitted = learner(kind, epochs=2).fit(X, y)
    ask = fitted.decision_function if is_classifier(fitted) else fitted.predict
    np.testing.assert_allclose(ask(sp.csr_array(X)), ask(X), rtol=1e-4, atol=1e-4)


def test_entries_of_a_sparse_matrix_that_stand_twice_are_added() -> None:
    X, y = CANCER
    columns = np.repeat(np.tile(np.arange(30, dtype=np.int32), len(X)), 2)
    starts = 60 * np.arange(len(X) + 1)
    twice = sp.csr_array((np.repeat(X.ravel() / 2, 2), columns, starts), shape=X.shape)
    once = learner(epochs=2).fit(sp.csr_array(X), y)
    np.testing.assert_allclose(learner(epochs=2).fit(twice, y).coef_, once.coef_, rtol=1e-5)
    assert twice.nnz == 2 * X.size, "the caller's matrix was changed"


def test_a_sparse_matrix_that_may_not_be_written_is_learned() -> None:
    X, y = CANCER
    matrix = sp.csr_array(X.astype(np.float32))
    for array in (matrix.data, matrix.indices, matrix.indptr):
        array.setflags(write=False)
    assert learner().fit(matrix, y).score(matrix, y) > 0.9


@pytest.mark.parametrize("column", [-1, 30])
def test_a_column_outside_of_a_sparse_matrix_is_refused(column: int) -> None:
    X, y = CANCER
    matrix = sp.csr_array(X)
    matrix.indices[-1] = column
    with pytest.raises(ValueError, match="indices must be"):
        learner().fit(matrix, y)


@pytest.mark.parametrize("kind", list(DATA))
def test_the_same_random_state_gives_the_same_model(kind: str) -> None:
    X, y = DATA[kind]
    first = learner(kind, epochs=3).fit(X, y)
    np.testing.assert_array_equal(clone(first).fit(X, y).coef_, first.coef_)
    other = clone(first).set_params(random_state=1).fit(X, y)
    assert (other.coef_ != first.coef_).any()


def test_a_random_generator_is_drawn_from() -> None:
    fits = [
        learner(epochs=1, random_state=np.random.RandomState(5)).fit(*CANCER).coef_
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*fits)


@pytest.mark.parametrize(
    "names", [["no", "yes"], [-1, 1], [False, True], [0.0, 7.0], [10**9, 10**9 + 1]]
)
def test_classes_are_of_any_kind(names: list[Any]) -> None:
    X, y = CANCER
    numbered = learner(epochs=2).fit(X, y)
    named = learner(epochs=2).fit(X, np.array(names)[y])
    assert named.classes_.tolist() == names
    np.testing.assert_array_equal(named.predict(X), np.array(names)[numbered.predict(X)])


def test_num_classes_admits_classes_that_are_not_seen() -> None:
    X, y = IRIS
    fitted = learner("multiclass_classifier", num_classes=5).fit(X, y)
    assert fitted.classes_.tolist() == [0, 1, 2, 3, 4]
    assert fitted.predict_proba(X).shape == (150, 5)
    with pytest.raises(ValueError, match="previously unseen labels"):
        clone(fitted).fit(X, y + 3)


def test_two_classes_are_enough_for_a_multiclass_classifier() -> None:
    X, y = CANCER
    fitted = learner("multiclass_classifier").fit(X, y)
    assert fitted.score(X, y) > 0.96
    assert fitted.coef_.shape == (1, 30)
    outputs = X @ fitted.coef_[0] + fitted.intercept_[0]
    np.testing.assert_allclose(fitted.decision_function(X), outputs, rtol=1e-3, atol=1e-3)


# What is answered


def test_outputs_follow_from_the_weights() -> None:
    X, y = CANCER
    fitted = learner().fit(X, y)
    outputs = X @ fitted.coef_[0] + fitted.intercept_[0]
    np.testing.assert_allclose(fitted.predict_proba(X)[:, 1], 1 / (1 + np.exp(-outputs)), atol=1e-6)
    classes = learner("multiclass_classifier").fit(*IRIS)
    outputs = IRIS[0] @ classes.coef_.T + classes.intercept_
    np.testing.assert_allclose(classes.decision_function(IRIS[0]), outputs, atol=1e-5)
    number = learner("regressor").fit(*DIABETES)
    outputs = DIABETES[0] @ number.coef_ + number.intercept_
    np.testing.assert_allclose(number.predict(DIABETES[0]), outputs, rtol=1e-6)


@pytest.mark.parametrize("loss", ["logistic", "hinge_loss"])
def test_a_calibrated_threshold_decides(loss: str) -> None:
    X, y = CANCER
    criteria: dict[str, Any] = {
        "binary_classifier_model_selection_criteria": "precision_at_target_recall",
        "target_recall": 0.999,
    }
    fitted = learner(loss=loss, validation_fraction=0.5, **criteria).fit(X, y)
    outputs = X @ fitted.coef_[0] + fitted.intercept_[0]
    scores = outputs if loss == "hinge_loss" else 1 / (1 + np.exp(-outputs))
    assert fitted.threshold_ != (0 if loss == "hinge_loss" else 0.5)
    np.testing.assert_array_equal(fitted.predict(X), scores >= fitted.threshold_)
    np.testing.assert_array_equal(fitted.decision_function(X) > 0, scores >= fitted.threshold_)


def test_without_validation_the_likelier_class_is_answered() -> None:
    X, y = CANCER
    fitted = learner().fit(X, y)
    np.testing.assert_array_equal(fitted.predict(X), fitted.predict_proba(X).argmax(axis=1))


def test_a_model_answers_what_it_can() -> None:
    hinge, number = LinearLearner(loss="hinge_loss"), learner("regressor").fit(*DIABETES)
    assert not hasattr(hinge, "predict_proba")
    assert hasattr(hinge, "decision_function")
    for name in ("predict_proba", "decision_function", "threshold_", "classes_"):
        assert not hasattr(number, name), name


def test_a_score_can_weigh_the_records() -> None:
    X, y = CANCER
    fitted = learner(epochs=2).fit(X, y)
    assert fitted.score(X, y, sample_weight=fitted.predict(X) == y) == 1


# Validation data


def test_validation_data_choose_but_are_not_learned_from() -> None:
    X, y = CANCER
    one_epoch: dict[str, Any] = {"epochs": 1, "num_models": 1}
    alone = learner(**one_epoch).fit(X[::2], y[::2])
    validated = learner(**one_epoch).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    np.testing.assert_array_equal(validated.coef_, alone.coef_)
    assert validated.threshold_ != alone.threshold_


def test_a_share_can_be_held_back() -> None:
    X, y = CANCER
    split = learner(epochs=1, validation_fraction=0.5).fit(X, y)
    assert split.threshold_ != 0.5
    assert (split.coef_ != learner(epochs=1).fit(X, y).coef_).any()


@pytest.mark.parametrize("given", [{"X_val": CANCER[0]}, {"y_val": CANCER[1]}])
def test_half_of_the_validation_data_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="X_val and y_val go together"):
        learner().fit(*CANCER, **given)


def test_validation_labels_are_of_the_classes_that_are_known() -> None:
    X, y = CANCER
    with pytest.raises(ValueError, match="previously unseen labels"):
        learner().fit(X, y, X_val=X, y_val=y + 1)


def test_validation_labels_of_one_class_choose_nothing() -> None:
    X, y = CANCER
    with pytest.raises(ValueError, match="y_val has one class only, 1"):
        learner().fit(X, y, X_val=X[y == 1], y_val=y[y == 1])


@pytest.mark.parametrize(
    ("kind", "validation"),
    [("multiclass_classifier", slice(0, 20)), ("regressor", slice(0, 1))],
)
def test_little_validation_data_are_enough(kind: str, validation: slice) -> None:
    X, y = DATA[kind]
    fitted = learner(kind, epochs=2).fit(X, y, X_val=X[validation], y_val=y[validation])
    assert np.isfinite(fitted.coef_).all()


# Batch by batch


def taught(stream: Any, X: Any, y: Any, batches: int = 6) -> Any:
    order = np.random.default_rng(0).permutation(len(X))
    for rows in np.array_split(order, batches):
        known = {"classes": np.unique(y)} if is_classifier(stream) else {}
        stream.partial_fit(X[rows], y[rows], **known)
    return stream


@pytest.mark.parametrize(
    ("kind", "least"),
    [("binary_classifier", 0.95), ("multiclass_classifier", 0.9), ("regressor", 0.4)],
)
def test_batches_teach_what_they_tell(kind: str, least: float) -> None:
    X, y = DATA[kind]
    stream = learner(kind, num_models="auto")
    scores = [taught(stream, X, y).score(X, y) for _ in range(5)]
    assert scores[-1] > least


def test_the_first_batch_is_one_epoch() -> None:
    X, y = CANCER
    once = learner(num_models=1).partial_fit(X, y, classes=[0, 1])
    fitted = learner(num_models=1, epochs=1).fit(X, y)
    np.testing.assert_array_equal(once.coef_, fitted.coef_)
    assert once.threshold_ == fitted.threshold_


def test_the_model_of_the_least_progressive_loss_answers() -> None:
    X, y = CANCER
    same: dict[str, Any] = {"wd": 1e-4, "lr_scheduler_minimum_lr": 1e-5, "init_scale": 1e-7}
    slow, fast = (
        taught(learner(num_models=1, learning_rate=rate, **same), X, y) for rate in (0.005, 0.1)
    )
    both = taught(learner(num_models=2, **same), X, y)
    np.testing.assert_allclose(both.coef_, fast.coef_, rtol=1e-3)
    assert not np.allclose(both.coef_, slow.coef_, rtol=0.1)


def test_the_best_of_the_stream_can_be_blended() -> None:
    X, y = CANCER
    blended = taught(learner(num_models=8, blending=4, averaging=True), X, y)
    assert blended.score(X, y) > 0.94
    assert (blended.coef_ != taught(learner(num_models=8, averaging=True), X, y).coef_).any()


def test_a_batch_may_lack_a_class() -> None:
    X, y = CANCER
    stream = learner().partial_fit(X[y == 0][:50], y[y == 0][:50], classes=[0, 1])
    assert stream.partial_fit(X, y).classes_.tolist() == [0, 1]


def test_the_classes_of_a_stream_may_be_any_iterable() -> None:
    X, y = CANCER
    stream = learner(epochs=1).partial_fit(X, y, classes=(name for name in (0, 1)))
    assert stream.classes_.tolist() == [0, 1]


def test_a_stream_goes_on_after_a_pickle() -> None:
    X, y = CANCER
    stream = learner().partial_fit(X[:300], y[:300], classes=[0, 1])
    again = pickle.loads(pickle.dumps(stream))  # noqa: S301 - written a moment ago
    expected = stream.partial_fit(X[300:], y[300:]).coef_
    np.testing.assert_array_equal(again.partial_fit(X[300:], y[300:]).coef_, expected)


def test_what_a_stream_cannot_do_is_refused() -> None:
    X, y = CANCER
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        learner().partial_fit(X, y)
    fitted = learner(epochs=1).fit(X, y)
    with pytest.raises(ValueError, match="the model to go on from has logistic"):
        fitted.set_params(loss="hinge_loss").partial_fit(X, y)
    with pytest.raises(ValueError, match=r"the model to go on from has \[0 1\]"):
        learner().partial_fit(X, y, classes=[0, 1]).partial_fit(X, y, classes=[1, 2])
    with pytest.raises(ValueError, match="the model to go on from has None"):
        learner("regressor").fit(*DIABETES).partial_fit(*DIABETES, classes=[0, 1])
    balanced = learner(positive_example_weight_mult="balanced")
    with pytest.raises(ValueError, match="need all of them in the first batch"):
        balanced.partial_fit(X[y == 0], y[y == 0], classes=[0, 1])


@pytest.mark.parametrize("kind", list(DATA))
def test_a_stream_goes_on_from_a_model(kind: str) -> None:
    X, y = DATA[kind]
    fitted = learner(kind).fit(X, y)
    before, score = fitted.coef_.copy(), fitted.score(X, y)
    fitted.set_params(learning_rate=1e-6, lr_scheduler_minimum_lr=1e-6).partial_fit(X, y)
    np.testing.assert_allclose(fitted.coef_, before, rtol=0.05, atol=1e-3)
    assert fitted.score(X, y) == pytest.approx(score, abs=0.02)
    assert (fitted.coef_ != before).any()


def test_fit_forgets_a_stream() -> None:
    X, y = CANCER
    stream = learner(epochs=1).partial_fit(X, y, classes=[0, 1])
    np.testing.assert_array_equal(stream.fit(X, y).coef_, learner(epochs=1).fit(X, y).coef_)


# In company


def test_it_works_in_a_pipeline_a_search_and_a_calibration() -> None:
    X, y = CANCER
    pipeline = make_pipeline(StandardScaler(), learner(epochs=3))
    search = GridSearchCV(pipeline, {"linearlearner__wd": [1e-4, 10.0]}, cv=2).fit(X, y)
    assert search.best_params_ == {"linearlearner__wd": 1e-4}
    calibrated = CalibratedClassifierCV(learner(), cv=3).fit(X, y)
    assert calibrated.score(X, y) > 0.95


def test_names_of_features_are_kept_and_held_against() -> None:
    X, y = IRIS
    table = pl.DataFrame(X, schema=["a", "b", "c", "d"])
    fitted = learner("multiclass_classifier", epochs=1).fit(table, y)
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(table.select("d", "c", "b", "a"))


def test_pickle_keeps_it_whole() -> None:
    X, y = CANCER
    fitted = learner(epochs=2).fit(X, np.array(["bad", "good"])[y])
    again = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - written a moment ago
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert {name for name in vars(again) if name not in again.get_params()} == {
        "_online",
        "classes_",
        "model_",
        "n_features_in_",
    }


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (1e300 * DIABETES[0], DIABETES[1], "X contains infinity or a value too large"),
        (DIABETES[0], 1e300 * DIABETES[1], "y contains infinity or a value too large"),
    ],
)
def test_numbers_beyond_float32_are_refused(X: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        learner("regressor").fit(X, y)


def test_data_that_no_model_survives_is_an_error_of_value() -> None:
    with pytest.raises(ValueError, match="training diverged"):
        learner("regressor", optimizer="sgd", learning_rate=1e37, epochs=1).fit(*DIABETES)


def test_the_package_is_imported_without_what_serve_can_do_without() -> None:
    code = (
        "import sys, linear_learner, linear_learner.model_archive;"
        "print(sorted({'numba', 'scipy', 'sklearn'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_no_model_goes_on_as_another_predictor() -> None:
    X, y = CANCER
    trained = learner("regressor", epochs=1).fit(X, y)
    trained.set_params(predictor_type="binary_classifier")
    with pytest.raises(ValueError, match="the model to go on from is a regressor"):
        trained.partial_fit(X, y, classes=[0, 1])
