"""Normalisation and its folding into the weights."""

import numpy as np
import pytest

from linear_learner.data.held import HeldSource
from linear_learner.data.records import Features, Records, SparseRows
from linear_learner.training.scaler import FLOOR, Scaler, fit_scaler
from tests.unit.linear_learner.samples import dataset, hyperparameters, parsed


def scaler_of(features: Features, **given: str) -> Scaler:
    labels = np.zeros(features.shape[0], np.float32)
    return fit_scaler(HeldSource("train", Records(features, labels)), hyperparameters(**given))


def label_scaler(labels: np.ndarray, **given: str) -> Scaler:
    source = HeldSource("train", Records(np.ones((len(labels), 1), np.float32), labels))
    return fit_scaler(source, parsed(predictor_type="regressor", **given))


def sparse_rows(features: np.ndarray) -> SparseRows:
    rows, columns = np.nonzero(features)
    indptr = np.searchsorted(rows, np.arange(len(features) + 1))
    return SparseRows(
        features[rows, columns],
        columns.astype(np.int32),
        indptr,
        (len(features), features.shape[1]),
    )


def normalised(features: np.ndarray, **given: str) -> np.ndarray:
    batch = features.copy()
    scaler_of(features, **given).apply(batch)
    return batch


def test_normalised_features_have_mean_0_and_deviation_1() -> None:
    batch = normalised(dataset().features)
    varying = [0, 2, 3, 4, 5]
    assert batch.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-5)
    assert batch[:, varying].std(axis=0) == pytest.approx(np.ones(5), abs=1e-5)


def test_a_constant_feature_is_silenced() -> None:
    assert not normalised(dataset().features)[:, 1].any()


def test_features_that_are_all_zero_are_silenced() -> None:
    assert not normalised(np.zeros((9, 3), np.float32)).any()
    assert not normalised(np.zeros((9, 3), np.float32), use_bias="false").any()


def test_a_feature_that_varies_by_next_to_nothing_is_silenced() -> None:
    features = dataset().features
    features[:, 2] = np.where(features[:, 0] > 0, 1e-40, 0)
    assert not normalised(features)[:, 2].any()


def test_features_stay_where_they_are_without_a_bias() -> None:
    features = dataset().features
    batch = normalised(features, use_bias="false")
    assert batch.std(axis=0)[0] == pytest.approx(1, abs=1e-5)
    assert batch.mean(axis=0)[0] == pytest.approx(
        features[:, 0].mean() / features[:, 0].std(), rel=1e-4
    )
    assert (batch[:, 1] == 4).all(), "a constant feature stands in for the bias"


@pytest.mark.parametrize(
    ("unbias", "use_bias", "shifted"),
    [("true", "false", True), ("false", "true", False), ("auto", "true", True)],
)
def test_unbias_data_decides_on_the_shift(unbias: str, use_bias: str, shifted: bool) -> None:
    batch = normalised(dataset().features, unbias_data=unbias, use_bias=use_bias)
    assert (abs(batch[:, 0].mean()) < 1e-4) == shifted


def test_nothing_is_done_if_nothing_is_asked_for() -> None:
    features = dataset().features
    batch = normalised(features, normalize_data="false", unbias_data="false")
    assert (batch == features).all()


def test_only_the_first_records_are_looked_at() -> None:
    features = dataset().features
    # Whole batches of 25 are read until 60 records are passed: 75.
    expected = scaler_of(features[:75])
    found = scaler_of(features, num_point_for_scaler="60")
    assert found.mean is not None
    assert expected.mean is not None
    assert np.array_equal(found.mean, expected.mean)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"normalize_data": "false"},
        {"unbias_data": "false"},
        {"normalize_data": "false", "unbias_data": "false"},
    ],
)
def test_folded_weights_do_on_raw_features_what_weights_do_on_normalised(
    given: dict[str, str],
) -> None:
    features = dataset().features
    random = np.random.default_rng(1)
    weights = random.normal(size=(6, 3)).astype(np.float32)
    bias = random.normal(size=3).astype(np.float32)
    raw_weights, raw_bias = scaler_of(features, **given).fold(weights, bias)
    expected = normalised(features, **given) @ weights + bias
    assert features @ raw_weights + raw_bias == pytest.approx(expected, abs=1e-4)


LABELS = np.random.default_rng(2).normal(50, 7, 200).astype(np.float32)


@pytest.mark.parametrize(
    ("given", "mean", "deviation"),
    [
        ({}, 0, 1),
        ({"normalize_label": "false"}, 0, LABELS.std()),
        ({"unbias_label": "false"}, LABELS.mean() / LABELS.std(), 1),
        ({"normalize_label": "false", "unbias_label": "false"}, LABELS.mean(), LABELS.std()),
        ({"use_bias": "false"}, LABELS.mean() / LABELS.std(), 1),
    ],
)
def test_labels_are_normalised_as_asked_for(
    given: dict[str, str], mean: float, deviation: float
) -> None:
    labels = label_scaler(LABELS, **given).normalised_labels(LABELS)
    assert labels.mean() == pytest.approx(mean, abs=1e-4)
    assert labels.std() == pytest.approx(deviation, rel=1e-4)


def test_a_classifiers_labels_stay() -> None:
    labels = np.array([0, 1, 1], np.float32)
    assert scaler_of(np.ones((3, 1), np.float32)).normalised_labels(labels) is labels


def test_labels_that_are_all_the_same_are_not_scaled() -> None:
    assert label_scaler(np.full(20, 3, np.float32)).label_factor == 1


def test_folded_weights_predict_raw_labels() -> None:
    scaler = label_scaler(LABELS)
    ones = np.ones((1, 1), np.float32)
    weights, bias = scaler.fold(ones * 0.5, np.array([0.25], np.float32))
    # The feature is constant, and so silent.
    expected = 0.25 * LABELS.std() + LABELS.mean()
    assert (ones @ weights + bias)[0] == pytest.approx(expected, rel=1e-5)


def mostly_zeros() -> np.ndarray:
    random = np.random.default_rng(4)
    features = random.normal(3, 2, (500, 8)).astype(np.float32)
    features[random.random(features.shape) < 0.9] = 0
    features[:, 5] = 0
    features[:, 6] = 2.5
    features[0, 7], features[1:, 7] = 1.5, 0
    return features


def test_sparse_features_are_scaled_by_the_floored_deviation_of_all_values_but_not_shifted() -> (
    None
):
    features = mostly_zeros()
    scaler = scaler_of(sparse_rows(features))
    assert scaler.mean is None
    assert scaler.factor is not None
    deviation = features.std(axis=0, dtype=np.float64)
    floored = np.maximum(deviation, FLOOR * np.ptp(features, axis=0))
    varying = [0, 1, 2, 3, 4, 7]
    assert floored[0] == deviation[0]
    assert floored[7] > deviation[7]
    assert scaler.factor[varying] == pytest.approx(1 / floored[varying], rel=1e-5)
    assert scaler.factor[[5, 6]].tolist() == [1, 1], "constant: one is never there, one a bias"


def test_a_shift_that_sparse_records_do_not_get_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "linear_learner"):
        scaler = scaler_of(sparse_rows(mostly_zeros()), unbias_data="true")
    assert scaler.mean is None
    assert "unbias_data: features of sparse records are not shifted" in caplog.text


def test_dense_records_that_are_held_as_sparse_rows_are_scaled_as_dense_ones() -> None:
    features = mostly_zeros()
    held = HeldSource("train", Records(features, np.zeros(500, np.float32)))
    assert isinstance(held.head(1).features, SparseRows)
    scaler = fit_scaler(held, hyperparameters())
    assert scaler.mean == pytest.approx(features.mean(axis=0), rel=1e-5, abs=1e-7)
    silent = np.array([5, 6])
    assert scaler.factor is not None
    assert not scaler.factor[silent].any()
    varying = np.delete(np.arange(8), silent)
    assert scaler.factor[varying] == pytest.approx(1 / features[:, varying].std(axis=0), rel=1e-5)


def test_a_deviation_that_is_small_beside_the_range_is_floored_if_asked_for() -> None:
    features = dataset().features
    features[:, 3] = 0
    features[7, 3] = 8
    source = HeldSource("train", Records(features, np.zeros(len(features), np.float32)))
    as_they_are = fit_scaler(source, hyperparameters()).factor
    floored = fit_scaler(source, hyperparameters(), floored=True).factor
    assert as_they_are is not None
    assert floored is not None
    assert as_they_are[3] == pytest.approx(1 / features[:, 3].std(), rel=1e-4)
    assert floored[3] == pytest.approx(1 / (FLOOR * 8))
    others = [0, 1, 2, 4, 5]
    assert np.array_equal(floored[others], as_they_are[others])


def test_unfolding_undoes_folding() -> None:
    random = np.random.default_rng(3)
    scaler = Scaler(
        mean=random.normal(size=4).astype(np.float32),
        factor=np.array([0.5, 20, 0, 1], np.float32),
        label_mean=7,
        label_factor=0.25,
    )
    weights, bias = scaler.unfold(
        *scaler.fold(np.ones((4, 2), np.float32), np.array([3, -2], np.float32))
    )
    assert weights == pytest.approx(np.array([[1, 1], [1, 1], [0, 0], [1, 1]]), rel=1e-5)
    assert bias == pytest.approx([3, -2], rel=1e-5)
