"""Many models at once: each is what it would be alone, however its records are held."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats
from linear_learner.data.records import Features, Records, SparseRows
from linear_learner.training import threads
from linear_learner.training.engine import ParallelModels
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.losses import make_loss
from linear_learner.training.scaler import fit_scaler
from linear_learner.training.settings import ModelSettings, grid
from tests.unit.linear_learner.samples import dataset, hyperparameters, parsed

ORACLE: Any = import_module("sklearn.linear_model")
"""scikit-learn has no types."""


@dataclass
class Blocks:
    """A source of the records that it is given, held as they are."""

    held: list[Records]
    sparse: bool = False
    name: str = "train"

    @property
    def feature_dim(self) -> int:
        return self.held[0].feature_dim

    @property
    def records(self) -> int:
        return sum(len(block) for block in self.held)

    def head(self, records: int) -> Records:
        return self.held[0].rows(0, records)

    def blocks(self, random: np.random.Generator | None = None) -> Iterator[Records]:
        del random
        yield from self.held


def compressed(features: Floats) -> SparseRows:
    rows, columns = np.nonzero(features)
    indptr = np.searchsorted(rows, np.arange(len(features) + 1))
    return SparseRows(
        features[rows, columns], columns.astype(np.int32), indptr.astype(np.int64), features.shape
    )


def source(features: Features, labels: Floats, *, sparse: bool = False) -> Blocks:
    return Blocks([Records(features, labels)], sparse)


def parallel_models(
    data: Blocks,
    given: Hyperparameters,
    settings: ModelSettings | None = None,
    *,
    seed: int = 0,
    averaging: bool = False,
    start: tuple[Floats, Floats] | None = None,
) -> ParallelModels:
    """Return untrained models; every class counts the same."""
    settings = grid(given) if settings is None else settings
    return ParallelModels(
        data.feature_dim,
        given,
        settings,
        loss=make_loss(given),
        scaler=fit_scaler(data, given),
        class_weight=np.ones((len(settings), max(given.outputs_per_model, 2)), np.float32),
        steps_per_epoch=-(-data.records // given.mini_batch_size),
        seed=seed,
        averaging=averaging,
        start=start,
    )


def train(
    data: Blocks,
    given: Hyperparameters,
    settings: ModelSettings | None = None,
    *,
    seed: int = 0,
    averaging: bool = False,
) -> tuple[LinearModels, Doubles]:
    """Train for all epochs; return the models, and the losses of every epoch."""
    models = parallel_models(data, given, settings, seed=seed, averaging=averaging)
    random = np.random.default_rng(seed)
    losses = [models.train_epoch(data, random) for _ in range(given.epochs)]
    return models.on_raw_features(), np.array(losses)


DENSE = dataset()
DATA = source(DENSE.features, DENSE.labels)


def mostly_zeros(records: int = 400, features: int = 40, share: float = 0.1) -> Floats:
    random = np.random.default_rng(3)
    values = random.normal(1, 1, (records, features)) * np.geomspace(0.1, 30, features)
    return np.where(random.random(values.shape) < share, values, 0).astype(np.float32)


ZEROS = mostly_zeros()
ZEROS_LABELS = (ZEROS @ np.linspace(-1, 1, ZEROS.shape[1]) > 0).astype(np.float32)
WAYS = {
    "dense": DATA,
    "zeros skipped": source(compressed(ZEROS), ZEROS_LABELS),
    "sparse": source(compressed(ZEROS), ZEROS_LABELS, sparse=True),
}


def test_no_two_of_the_32_models_are_alike() -> None:
    # So that minimum_lr is reached, and wd has something to work on where l1 leaves the bias alone.
    also = {"lr_scheduler_step": "1", "lr_scheduler_factor": "0.8", "bias_wd_mult": "1"}
    models, _ = train(DATA, hyperparameters(epochs="5", **also))
    parameters = np.vstack((models.weights, models.bias)).T
    distances = np.abs(parameters[:, None] - parameters[None]).max(axis=2)
    assert (distances + np.eye(32) > 1e-5).all()


@pytest.mark.parametrize("model", [0, 7, 13, 30])
@pytest.mark.parametrize("way", WAYS)
def test_a_model_alone_is_the_same_model(way: str, model: int) -> None:
    given = hyperparameters(epochs="5")
    together, _ = train(WAYS[way], given)
    alone, _ = train(WAYS[way], given, grid(given)[[model]])
    assert alone.weights[:, 0] == pytest.approx(together.weights[:, model], rel=1e-3, abs=1e-4)
    assert alone.bias[0] == pytest.approx(together.bias[model], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "also",
    [
        {"predictor_type": "binary_classifier"},
        {"predictor_type": "multiclass_classifier", "num_classes": "3"},
        {"predictor_type": "regressor", "loss": "huber_loss", "optimizer": "sgd"},
    ],
    ids=lambda also: also["predictor_type"],
)
def test_one_thread_and_two_give_the_same_bits(
    way: str, also: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = parsed(mini_batch_size="30", epochs="3", **also)
    trained: list[LinearModels] = []
    for processors in (1, 2):
        monkeypatch.setattr(threads, "processors", lambda count=processors: count)
        trained.append(train(WAYS[way], given)[0])
    assert np.isfinite(trained[0].weights).all()
    assert np.array_equal(trained[0].weights, trained[1].weights)
    assert np.array_equal(trained[0].bias, trained[1].bias)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_seed_gives_the_same_bits(way: str) -> None:
    given = hyperparameters(epochs="2")
    first, second, other = (train(WAYS[way], given, seed=seed)[0] for seed in (5, 5, 6))
    assert np.array_equal(first.weights, second.weights)
    assert not np.array_equal(first.weights, other.weights)


@pytest.mark.parametrize("unbias", ["true", "false"])
@pytest.mark.parametrize("normalize", ["true", "false"])
def test_skipping_zeros_changes_nothing_but_rounding(normalize: str, unbias: str) -> None:
    given = hyperparameters(
        epochs="2", num_models="8", normalize_data=normalize, unbias_data=unbias
    )
    dense, dense_losses = train(source(ZEROS, ZEROS_LABELS), given)
    skipped, losses = train(WAYS["zeros skipped"], given)
    assert losses == pytest.approx(dense_losses, rel=1e-4)
    spread = ZEROS.std(axis=0)[:, None]
    assert skipped.weights * spread == pytest.approx(dense.weights * spread, abs=2e-3)
    assert skipped.bias == pytest.approx(dense.bias, abs=2e-2)


def test_a_mean_that_is_far_from_zero_costs_no_digits() -> None:
    features = ZEROS.copy()
    features[:, 0] = 1e5 + np.random.default_rng(0).normal(size=len(features))
    given = hyperparameters(epochs="2", num_models="8")
    dense, dense_losses = train(source(features, ZEROS_LABELS), given)
    skipped, losses = train(source(compressed(features), ZEROS_LABELS), given)
    assert losses == pytest.approx(dense_losses, rel=1e-5)
    assert skipped.weights == pytest.approx(dense.weights, rel=1e-3, abs=1e-4)


def test_features_that_are_in_every_record_make_sparse_training_like_dense() -> None:
    features = DENSE.features
    given = hyperparameters(epochs="3", num_models="8", unbias_data="false")
    dense, dense_losses = train(source(features, DENSE.labels), given)
    sparse, losses = train(source(compressed(features), DENSE.labels, sparse=True), given)
    assert losses == pytest.approx(dense_losses, rel=1e-4)
    assert sparse.weights == pytest.approx(dense.weights, rel=1e-2, abs=1e-3)


def test_sparse_training_leaves_alone_what_a_batch_does_not_have() -> None:
    # Without a gradient, weight decay and momentum would go on.
    features = np.zeros((60, 3), np.float32)
    features[:, 0] = 1
    features[:20, 1] = 1
    labels = np.tile(np.array([0, 1], np.float32), 30)
    given = hyperparameters(
        num_models="1",
        wd="0.5",
        mini_batch_size="20",
        epochs="1",
        normalize_data="false",
        init_method="normal",
        init_sigma="1",
    )
    first_batch = source(compressed(features[:20]), labels[:20], sparse=True)
    batches = [
        Records(compressed(features[at : at + 20]), labels[at : at + 20]) for at in (0, 20, 40)
    ]
    after_one, _ = train(first_batch, given)
    after_all, _ = train(Blocks(batches, sparse=True), given)
    assert after_all.weights[1, 0] == after_one.weights[1, 0] != 0
    assert after_all.weights[0, 0] != after_one.weights[0, 0]


def test_a_sparse_feature_that_no_record_has_ends_at_zero() -> None:
    features = ZEROS.copy()
    features[:, [3, 17]] = 0
    models, _ = train(source(compressed(features), ZEROS_LABELS, sparse=True), hyperparameters())
    assert not models.weights[[3, 17]].any()
    assert models.weights[4, :8].all()


def test_a_sparse_feature_that_no_record_has_stays_what_training_started_from() -> None:
    features = ZEROS.copy()
    features[:, 3] = 0
    data = source(compressed(features), ZEROS_LABELS, sparse=True)
    given = hyperparameters(num_models="1")
    models = parallel_models(
        data,
        given,
        start=(np.full((data.feature_dim, 1), 0.5, np.float32), np.zeros(1, np.float32)),
    )
    models.train_epoch(data, np.random.default_rng(0))
    weights = models.on_raw_features().weights
    assert weights[3, 0] == 0.5
    assert (weights[[2, 4], 0] != 0.5).all()


def test_dense_records_may_follow_sparse_ones() -> None:
    dense = source(ZEROS, ZEROS_LABELS)
    given = hyperparameters(num_models="1", normalize_data="false", unbias_data="false")
    trained: list[LinearModels] = []
    for second in (dense, WAYS["zeros skipped"]):
        models = parallel_models(dense, given)
        random = np.random.default_rng(0)
        for data in (WAYS["sparse"], second, WAYS["sparse"], second):
            models.train_epoch(data, random)
        trained.append(models.on_raw_features())
    assert trained[0].weights == pytest.approx(trained[1].weights, rel=1e-3, abs=1e-4)


def test_the_objective_falls() -> None:
    _, losses = train(DATA, hyperparameters(num_models="8", epochs="10"))
    assert (losses[-1] < 0.8 * losses[0]).all()


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("l1", [0.0, 0.02])
def test_training_ends_near_the_optimum_that_scikit_learn_finds(l1: float, optimizer: str) -> None:
    given = hyperparameters(
        optimizer=optimizer,
        num_models="1",
        epochs="1000",
        mini_batch_size="400",
        learning_rate="0.5" if optimizer == "sgd" else "0.05",
        l1=str(l1),
        wd="0" if l1 else "0.02",
        lr_scheduler_step="3",
        bias_lr_mult="1",
    )
    models, _ = train(DATA, given)
    scaler = fit_scaler(DATA, given)
    batch = DENSE.features.copy()
    scaler.apply(batch)
    # scikit-learn minimises C * sum of losses + penalty; ours is mean loss + strength * penalty.
    oracle = ORACLE.LogisticRegression(
        C=1 / (len(DENSE) * (l1 or 0.02)),
        l1_ratio=float(bool(l1)),
        solver="saga",
        tol=1e-6,
        max_iter=5000,
    ).fit(batch, DENSE.labels)
    assert scaler.factor is not None
    expected = oracle.coef_[0] * scaler.factor
    scale = float(np.abs(expected).max())
    assert models.weights[:, 0] == pytest.approx(expected, abs=0.01 * scale)


@pytest.mark.parametrize("way", ["dense", "zeros skipped", "sparse"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_l1_ends_at_the_lasso_with_its_zeros(optimizer: str, way: str) -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(200, 12)).astype(np.float32)
    labels = (features @ np.r_[3, -2, 1, 0.5, np.zeros(8)] + random.normal(size=200)).astype("f4")
    held = features if way == "dense" else compressed(features)
    given = parsed(
        predictor_type="regressor",
        optimizer=optimizer,
        mini_batch_size="200",
        epochs="1500",
        num_models="1",
        l1="0.3",
        wd="0",
        learning_rate="0.02",
        lr_scheduler_step="5",
        **dict.fromkeys(
            ("normalize_data", "unbias_data", "normalize_label", "unbias_label"), "false"
        ),
    )
    models, _ = train(source(held, labels, sparse=way == "sparse"), given)
    lasso = ORACLE.Lasso(alpha=0.3, tol=1e-10).fit(features, labels)

    def objective(weights: np.ndarray, bias: float) -> float:
        wrong = features @ weights + bias - labels
        return float(wrong @ wrong / 400 + 0.3 * np.abs(weights).sum())

    ours = objective(models.weights[:, 0], models.bias[0])
    assert ours <= 1.005 * objective(lasso.coef_, lasso.intercept_)
    assert ((models.weights[:, 0] == 0) == (lasso.coef_ == 0)).all()


def test_averaging_takes_the_mean_of_the_iterates() -> None:
    given = hyperparameters(num_models="4", epochs="1", mini_batch_size="100")
    averaged, _ = train(DATA, given, averaging=True)
    last, _ = train(DATA, given)
    assert not np.allclose(averaged.weights, last.weights, rtol=0.05)
    steadied, _ = train(DATA, hyperparameters(num_models="4", epochs="200"), averaging=True)
    longer, _ = train(DATA, hyperparameters(num_models="4", epochs="210"), averaging=True)
    assert longer.weights == pytest.approx(steadied.weights, rel=0.05, abs=1e-2)


def test_a_multiclass_model_learns_each_class() -> None:
    random = np.random.default_rng(0)
    centres = random.normal(size=(5, 8)) * 3
    labels = random.integers(0, 5, 1000)
    features = (centres[labels] + random.normal(size=(1000, 8))).astype(np.float32)
    given = parsed(
        predictor_type="multiclass_classifier",
        num_classes="5",
        mini_batch_size="50",
        epochs="5",
        learning_rate="0.05",
    )
    models, losses = train(source(features, labels.astype(np.float32)), given)
    assert models.weights.shape == (8, 24 * 5)
    assert losses.shape == (5, 24)
    found = models.outputs(features).reshape(1000, 24, 5).argmax(axis=2)
    assert ((found == labels[:, None]).mean(axis=0) > 0.97).all()


def test_blocks_are_trained_on_one_after_the_other() -> None:
    given = hyperparameters(num_models="4", epochs="3")
    halves = Blocks([DATA.held[0].rows(0, 200), DATA.held[0].rows(200, 400)])
    _, losses = train(halves, given)
    _, whole = train(DATA, given)
    assert losses[-1] == pytest.approx(whole[-1], rel=0.1)


@generated(
    records=st.integers(1, 70),
    features=st.integers(1, 40),
    models=st.integers(1, 40),
    batch=st.integers(1, 90),
    way=st.sampled_from(["dense", "zeros skipped", "sparse"]),
    optimizer=st.sampled_from(["adam", "sgd", "rmsprop"]),
    averaging=st.booleans(),
)
def test_any_shape_is_trained(
    records: int,
    features: int,
    models: int,
    batch: int,
    way: str,
    optimizer: str,
    averaging: bool,
) -> None:
    given = hyperparameters(
        num_models=str(models), mini_batch_size=str(batch), epochs="2", optimizer=optimizer
    )
    values = mostly_zeros(records, features, 0.3)
    labels = np.arange(records, dtype=np.float32) % 2
    held = values if way == "dense" else compressed(values)
    trained, losses = train(
        source(held, labels, sparse=way == "sparse"), given, averaging=averaging
    )
    assert trained.weights.shape == (features, models)
    assert np.isfinite(trained.weights).all()
    assert np.isfinite(losses).all()
    expected = values.astype(np.float64) @ trained.weights + trained.bias
    outputs = trained.outputs(held)
    assert outputs == pytest.approx(
        expected, rel=1e-4, abs=1e-4 * float(np.abs(expected).max() + 1)
    )


@pytest.mark.parametrize("normalize", ["true", "false"])
@pytest.mark.parametrize("unbias", ["true", "false"])
def test_models_that_were_taken_do_not_change_as_training_goes_on(
    normalize: str, unbias: str
) -> None:
    given = hyperparameters(num_models="2", normalize_data=normalize, unbias_data=unbias)
    settings = grid(given)
    models = parallel_models(DATA, given, settings)
    random = np.random.default_rng(0)
    models.train_epoch(DATA, random)
    taken = models.on_raw_features()
    weights, bias = taken.weights.copy(), taken.bias.copy()
    models.train_epoch(DATA, random)
    assert np.array_equal(taken.weights, weights)
    assert np.array_equal(taken.bias, bias)


def test_penalties_are_those_of_each_models_weights_as_they_are() -> None:
    given = hyperparameters(normalize_data="false", unbias_data="false", bias_wd_mult="0.5")
    settings = grid(given)
    models = parallel_models(DATA, given, settings)
    for _ in range(2):
        now = models.on_raw_features()
        squares = np.square(now.weights).sum(axis=0) + 0.5 * np.square(now.bias)
        expected = settings.wd / 2 * squares + settings.l1 * np.abs(now.weights).sum(axis=0)
        assert models.penalties() == pytest.approx(expected, rel=1e-5)
        models.train_epoch(DATA, np.random.default_rng(0))


@pytest.mark.parametrize("way", WAYS)
def test_without_a_bias_there_is_none(way: str) -> None:
    given = hyperparameters(num_models="4", epochs="2", use_bias="false", unbias_data="false")
    models, _ = train(WAYS[way], given)
    assert not models.bias.any()


def test_the_features_are_left_as_they_were() -> None:
    data = dataset()
    data.features.flags.writeable = False
    train(source(data.features, data.labels), hyperparameters(epochs="1"))
    assert np.array_equal(data.features, DENSE.features)


def test_records_of_another_width_are_refused_before_any_is_read() -> None:
    models, _ = train(WAYS["sparse"], hyperparameters(num_models="1", epochs="1"))
    with pytest.raises(ValueError, match="3 features: expected 40"):
        models.outputs(compressed(ZEROS[:, :3]))


def test_a_model_that_diverges_leaves_the_others_alone() -> None:
    given = hyperparameters(num_models="8", epochs="2", optimizer="sgd")
    settings = grid(given)
    settings.learning_rate[3] = 1e30
    wild, losses = train(DATA, given, settings)
    tame, _ = train(DATA, given)
    others = [0, 1, 2, 4, 5, 6, 7]
    assert np.array_equal(wild.weights[:, others], tame.weights[:, others])
    assert not np.isfinite(losses[-1, 3])
