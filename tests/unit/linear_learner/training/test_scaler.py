"""Normalisation and its folding into the weights."""

import numpy as np
import pytest

from linear_learner.training.scaler import fit_scaler
from tests.unit.linear_learner.samples import dataset, hyperparameters


def normalised(features: np.ndarray, **given: str) -> np.ndarray:
    batch = features.copy()
    fit_scaler(features, hyperparameters(**given)).apply(batch)
    return batch


def test_normalised_features_have_mean_0_and_deviation_1() -> None:
    batch = normalised(dataset().features)
    varying = [0, 2, 3, 4, 5]
    assert batch.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-5)
    assert batch[:, varying].std(axis=0) == pytest.approx(np.ones(5), abs=1e-5)


def test_a_constant_feature_is_silenced() -> None:
    assert not normalised(dataset().features)[:, 1].any()


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
    given = hyperparameters(num_point_for_scaler="60")
    # Whole batches of 25 are read until 60 records are passed: 75.
    expected = fit_scaler(features[:75], hyperparameters())
    found = fit_scaler(features, given)
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
    weights = random.normal(size=(3, 6)).astype(np.float32)
    bias = random.normal(size=3).astype(np.float32)
    raw_weights, raw_bias = fit_scaler(features, hyperparameters(**given)).fold(weights, bias)
    expected = normalised(features, **given) @ weights.T + bias
    assert features @ raw_weights.T + raw_bias == pytest.approx(expected, abs=1e-4)
