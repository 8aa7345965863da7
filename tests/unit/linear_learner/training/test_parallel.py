"""Many models at once: each is what it would be alone."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from contract.hyperparameters import Hyperparameters
from linear_learner.data.dataset import Dataset
from linear_learner.training.old_losses import LogisticLoss
from linear_learner.training.parallel import LinearModels, ParallelModels
from linear_learner.training.scaler import fit_scaler
from linear_learner.training.settings import ModelSettings, grid
from tests.unit.linear_learner.samples import (
    as_source,
    dataset,
    hyperparameters,
    selected,
)

DATA = dataset()
ORACLE: Any = import_module("sklearn.linear_model")
"""scikit-learn has no types."""


def trained(
    given: Hyperparameters, settings: ModelSettings, data: Dataset = DATA, seed: int = 0
) -> tuple[LinearModels, np.ndarray]:
    models = ParallelModels(
        data,
        given,
        settings,
        loss=LogisticLoss(),
        scaler=fit_scaler(as_source(data), given),
        seed=seed,
    )
    order = np.random.default_rng(seed)
    losses = [
        models.train_epoch(data, order.permutation(data.records)) for _ in range(given.epochs)
    ]
    return models.on_raw_features(), np.array(losses)


def test_no_two_of_the_32_models_are_alike() -> None:
    given = hyperparameters(epochs="5")
    models, _ = trained(given, grid(given, 0.3))
    parameters = np.column_stack((models.weights, models.bias))
    distances = np.abs(parameters[:, None] - parameters[None]).max(axis=2)
    assert (distances + np.eye(32) > 1e-5).all()


@pytest.mark.parametrize("model", [0, 7, 13, 30])
def test_a_model_alone_is_the_same_model(model: int) -> None:
    given = hyperparameters(epochs="5")
    settings = grid(given, 0.3)
    together, _ = trained(given, settings)
    alone, _ = trained(given, selected(settings, model))
    assert alone.weights[0] == pytest.approx(together.weights[model], abs=1e-5)
    assert alone.bias[0] == pytest.approx(together.bias[model], abs=1e-5)


def test_the_objective_falls() -> None:
    given = hyperparameters(num_models="8", epochs="10")
    _, losses = trained(given, grid(given, 0.3))
    assert (losses[-1] < 0.8 * losses[0]).all()


@pytest.mark.parametrize("l1", [0.0, 0.02])
def test_training_ends_near_the_optimum_that_scikit_learn_finds(l1: float) -> None:
    given = hyperparameters(
        num_models="1",
        epochs="1000",
        mini_batch_size="400",
        learning_rate="0.05",
        l1=str(l1),
        wd="0" if l1 else "0.02",
        lr_scheduler_step="10",
        bias_lr_mult="1",
    )
    models, _ = trained(given, grid(given, 0.3))
    batch = DATA.features.copy()
    fit_scaler(as_source(DATA), given).apply(batch)
    # scikit-learn minimises C * sum of losses + penalty; ours is mean loss + strength * penalty.
    oracle = ORACLE.LogisticRegression(
        C=1 / (DATA.records * (l1 or 0.02)),
        l1_ratio=float(bool(l1)),
        solver="saga",
        tol=1e-6,
        max_iter=5000,
    ).fit(batch, DATA.labels)
    factor = fit_scaler(as_source(DATA), given).factor
    assert factor is not None
    expected = oracle.coef_[0] * factor
    assert models.weights[0] == pytest.approx(expected, abs=0.01 * float(np.abs(expected).max()))


def test_the_last_batch_may_be_short() -> None:
    data = dataset(records=60)
    given = hyperparameters(num_models="1", epochs="1")
    models, losses = trained(given, grid(given, 0.3), data)
    assert np.isfinite(models.weights).all()
    assert 0 < losses[0, 0] < 2


def test_a_batch_may_be_larger_than_the_data() -> None:
    given = hyperparameters(num_models="1", epochs="1", mini_batch_size="5000")
    models, _ = trained(given, grid(given, 0.3))
    assert np.isfinite(models.weights).all()


@pytest.mark.parametrize("normalize", ["true", "false"])
@pytest.mark.parametrize("unbias", ["true", "false"])
def test_models_that_were_taken_do_not_change_as_training_goes_on(
    normalize: str, unbias: str
) -> None:
    given = hyperparameters(num_models="2", normalize_data=normalize, unbias_data=unbias)
    models = ParallelModels(
        DATA,
        given,
        grid(given, 0.3),
        loss=LogisticLoss(),
        scaler=fit_scaler(as_source(DATA), given),
        seed=0,
    )
    taken = models.on_raw_features()
    weights, bias = taken.weights.copy(), taken.bias.copy()
    models.train_epoch(DATA, np.arange(DATA.records))
    assert np.array_equal(taken.weights, weights)
    assert np.array_equal(taken.bias, bias)


def test_without_a_bias_there_is_none() -> None:
    given = hyperparameters(num_models="4", epochs="2", use_bias="false", init_bias="3")
    models, _ = trained(given, grid(given, 0.3))
    assert not models.bias.any()


def test_the_features_are_left_as_they_were() -> None:
    data = dataset()
    trained(hyperparameters(epochs="1"), grid(hyperparameters(), 0.3), data)
    assert np.array_equal(data.features, DATA.features)
