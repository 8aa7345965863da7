"""Models on raw features: what they answer, whatever the number of threads."""

import numpy as np
import pytest
import threadpoolctl

from linear_learner.arrays import Floats
from linear_learner.training import threads
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.scaler import Scaler


def drawn(*shape: int) -> Floats:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


def test_outputs_are_the_product_and_the_bias() -> None:
    features, weights, bias = drawn(5_000, 7), drawn(7, 3), drawn(3)
    outputs = LinearModels(weights, bias, 3).outputs(features)
    expected = features.astype(np.float64) @ weights + bias
    assert outputs.dtype == np.float32
    assert np.allclose(outputs, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("records", "features", "columns"), [(333, 77, 24), (16_384, 54, 31), (5_000, 30, 1)]
)
def test_outputs_are_the_same_bits_with_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch, records: int, features: int, columns: int
) -> None:
    models = LinearModels(drawn(features, columns), drawn(columns))
    held = drawn(records, features)
    found: list[bytes] = []
    for count in (1, 2, 4):
        monkeypatch.setattr(threads, "processors", lambda count=count: count)
        with threadpoolctl.threadpool_limits(count, "blas"):
            found.append(models.outputs(held).tobytes())
    assert len(set(found)) == 1, "a threshold would depend on the machine"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("records", [3, 9_000])
def test_a_model_that_diverged_is_told_without_a_warning(records: int) -> None:
    weights = drawn(7, 2)
    weights[:, 1] = [np.inf, -np.inf, np.nan, 3e38, 3e38, 3e38, 3e38]
    outputs = LinearModels(weights, drawn(2)).outputs(drawn(records, 7))
    assert np.isfinite(outputs[:, 0]).all()
    assert not np.isfinite(outputs[:, 1]).any()


def test_folding_is_the_same_bits_with_any_number_of_threads() -> None:
    scaler = Scaler(mean=drawn(100_000), factor=None)
    weights = drawn(100_000, 1)
    found: list[bytes] = []
    for count in (1, 2, 4):
        with threadpoolctl.threadpool_limits(count, "blas"):
            _, bias = scaler.fold(weights, np.zeros(1, np.float32))
            _, unfolded = scaler.unfold(weights, np.zeros(1, np.float32))
            found.append(bias.tobytes() + unfolded.tobytes())
    assert len(set(found)) == 1


@pytest.mark.parametrize("held", ["weight", "bias"])
def test_a_model_is_finite_if_all_its_numbers_are(held: str) -> None:
    weights, bias = drawn(4, 6), drawn(6)
    if held == "weight":
        weights[2, 3] = np.inf
    else:
        bias[3] = np.nan
    assert LinearModels(weights, bias, 2).finite.tolist() == [True, False, True]
