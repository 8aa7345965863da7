"""One linear model out of several."""

import numpy as np
import pytest

from linear_learner.data.records import Records, SparseRows
from linear_learner.selection.blending import blend
from linear_learner.training.linear_models import LinearModels
from tests.unit.linear_learner.samples import as_source

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(200, 5)).astype(np.float32)
SOURCE = as_source(Records(FEATURES, np.zeros(200, np.float32)))
CHOSEN = np.array([3, 0, 2])


def models(k: int) -> LinearModels:
    scale = np.repeat([1.0, 5.0, 0.1, 2.0], k)
    return LinearModels(
        (RANDOM.normal(size=(5, 4 * k)) * scale).astype(np.float32),
        (RANDOM.normal(size=4 * k) * scale).astype(np.float32),
        k,
    )


@pytest.mark.parametrize("k", [1, 3])
def test_the_outputs_are_the_mean_of_those_of_models_of_one_deviation(k: int) -> None:
    several = models(k)
    outputs = several.outputs(FEATURES).reshape(200, 4, k)[:, CHOSEN]
    deviation = outputs.std(axis=(0, 2))
    expected = (outputs / deviation[:, np.newaxis]).mean(axis=1) * deviation.mean()
    blended = blend(several, CHOSEN, SOURCE, alike=False)
    assert len(blended) == 1
    assert blended.outputs(FEATURES) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_records_with_few_values_are_blended_on_as_others_are() -> None:
    features = np.where(np.abs(FEATURES) > 1.4, FEATURES, 0).astype(np.float32)
    few = as_source(Records(features, np.zeros(200, np.float32)))
    assert isinstance(few.head(1).features, SparseRows)
    several = models(1)
    outputs = several.outputs(features)[:, CHOSEN]
    expected = (outputs / outputs.std(axis=0)).mean(axis=1) * outputs.std(axis=0).mean()
    blended = blend(several, CHOSEN, few, alike=False)
    assert blended.outputs(features)[:, 0] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_predictions_of_a_number_are_averaged_as_they_are() -> None:
    several = models(1)
    expected = several.outputs(FEATURES)[:, CHOSEN].mean(axis=1)
    blended = blend(several, CHOSEN, SOURCE, alike=True)
    assert blended.outputs(FEATURES)[:, 0] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_model_whose_outputs_are_all_the_same_has_no_voice() -> None:
    weights = np.array([[1, 0]] * 5, np.float32)
    several = LinearModels(weights, np.array([0.5, 7], np.float32), outputs_per_model=1)
    blended = blend(several, np.array([0, 1]), SOURCE, alike=False)
    assert blended.weights == pytest.approx(weights[:, :1])
    assert blended.bias == pytest.approx([0.5])
