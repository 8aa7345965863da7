"""What a model answers: by its predictor and loss, for dense and for sparse records."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from scipy.special import expit, softmax

from contract.hyperparameters import LOSSES
from linear_learner.data.records import SparseRows
from linear_learner.links import LINKS
from linear_learner.model import LinearModel


def model(predictor: str, loss: str, *, features: int = 6, outputs: int = 1) -> LinearModel:
    random = np.random.default_rng(0)
    return LinearModel(
        weights=random.normal(size=(features, outputs)).astype(np.float32),
        bias=random.normal(size=outputs).astype(np.float32),
        predictor_type=predictor,
        loss_type=loss,
        threshold=0.25,
    )


RECORDS = np.random.default_rng(1).normal(size=(50, 6)).astype(np.float32)


def outputs(of: LinearModel) -> np.ndarray:
    return RECORDS.astype(np.float64) @ of.weights.astype(np.float64) + of.bias


def labels(of: LinearModel, scores: np.ndarray) -> list[int]:
    found = of.labels(scores)
    assert found is not None
    return found.tolist()


def test_every_loss_has_a_score_function() -> None:
    assert set(LINKS) == {loss for losses in LOSSES.values() for loss in losses}


def test_a_logistic_score_is_the_probability_of_a_yes() -> None:
    one = model("binary_classifier", "logistic")
    scores = one.scores(RECORDS)
    assert scores == pytest.approx(expit(outputs(one)[:, 0]), abs=2e-7)
    assert labels(one, scores) == (scores >= 0.25).tolist()


def test_a_hinge_score_is_the_output() -> None:
    one = model("binary_classifier", "hinge_loss")
    scores = one.scores(RECORDS)
    assert scores == pytest.approx(outputs(one)[:, 0], rel=1e-5, abs=1e-6)
    assert labels(one, scores) == (scores >= 0.25).tolist()


def test_a_softmax_score_is_the_probability_of_each_class() -> None:
    one = model("multiclass_classifier", "softmax_loss", outputs=4)
    scores = one.scores(RECORDS)
    assert scores == pytest.approx(softmax(outputs(one), axis=1), abs=2e-7)
    assert labels(one, scores) == outputs(one).argmax(axis=1).tolist()


@pytest.mark.parametrize("loss", LOSSES["regressor"])
def test_a_regressors_score_is_its_prediction(loss: str) -> None:
    one = model("regressor", loss)
    scores = one.scores(RECORDS)
    assert scores == pytest.approx(outputs(one)[:, 0], rel=1e-5, abs=1e-6)
    assert one.labels(scores) is None


def test_scores_beyond_the_range_of_exp_are_certain() -> None:
    one = model("binary_classifier", "logistic", features=1)
    far = np.array([[1e30], [-1e30]], np.float32) * np.sign(one.weights[0])
    assert one.scores(far).tolist() == [1, 0]
    many = model("multiclass_classifier", "softmax_loss", features=1, outputs=3)
    assert sorted(many.scores(far[:1])[0].tolist()) == [0, 0, 1]


def sparse(matrix: csr_array) -> SparseRows:
    rows, columns = matrix.shape
    return SparseRows(
        matrix.data.astype(np.float32),
        matrix.indices.astype(np.int32),
        matrix.indptr.astype(np.int64),
        (rows, columns),
    )


@given(
    rows=st.integers(0, 30),
    outputs=st.integers(1, 4),
    density=st.sampled_from([0, 0.02, 0.3, 1]),
    seed=st.integers(0, 1000),
)
def test_sparse_records_have_the_outputs_of_dense_ones(
    rows: int, outputs: int, density: float, seed: int
) -> None:
    matrix = csr_array(random_array((rows, 20), density=density, rng=seed))
    one = model("multiclass_classifier", "softmax_loss", features=20, outputs=outputs)
    dense = matrix.toarray().astype(np.float32)
    assert one.outputs(sparse(matrix)) == pytest.approx(one.outputs(dense), abs=1e-5)


def test_sparse_records_are_multiplied_a_piece_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = csr_array(random_array((40, 20), density=0.4, rng=3))
    one = model("multiclass_classifier", "softmax_loss", features=20, outputs=3)
    whole = one.outputs(sparse(matrix))
    monkeypatch.setattr("linear_learner.model._CHUNK_PRODUCTS", 21)
    assert one.outputs(sparse(matrix)) == pytest.approx(whole, abs=1e-6)


def test_a_records_score_hardly_depends_on_the_records_beside_it() -> None:
    wide = model("binary_classifier", "logistic", features=784)
    one = replace(wide, weights=wide.weights / 10)
    records = np.random.default_rng(2).random((200, 784), np.float32)
    alone = np.concatenate([one.scores(records[i : i + 1]) for i in range(len(records))])
    assert one.scores(records) == pytest.approx(alone, abs=5e-7)
