"""Which model is the best, by every predictor's criterion."""

import numpy as np
import pytest

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats
from linear_learner.data.records import Records, SparseRows
from linear_learner.selection.selector import Judgement, Selector
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.losses import make_loss
from tests.unit.linear_learner.samples import as_source, dataset, parsed

BINARY = {"predictor_type": "binary_classifier"}
VALIDATION = dataset(300, seed=1)


def judged(
    models: LinearModels, records: Records, given: Hyperparameters, class_weight: Floats
) -> Judgement:
    selector = Selector(as_source(records), given, loss=make_loss(given), seed=0)
    return selector.judge(models, class_weight)


def of_one_feature(slopes: list[float], biases: list[float]) -> LinearModels:
    return LinearModels(np.array([slopes], np.float32), np.array(biases, np.float32))


SCORES = np.array([-2, -1, -0.5, 0.2, 1, 3], np.float32)
SCORED = Records(SCORES[:, np.newaxis], np.array([0, 0, 1, 0, 1, 1], np.float32))


def test_a_binary_classifier_is_judged_at_its_best_threshold() -> None:
    models = of_one_feature([1, -1, 0.1], [5, 0, 0])
    found = judged(models, SCORED, parsed(**BINARY), np.ones((3, 2), np.float32))
    assert -found.losses == pytest.approx([5 / 6, 1 / 2, 5 / 6])
    assert found.best == 2, "of equal accuracies, the lower loss"
    assert found.loss == pytest.approx(-5 / 6)


def test_the_threshold_of_a_hinge_loss_lies_among_its_outputs() -> None:
    models = of_one_feature([10], [-20])
    found = judged(models, SCORED, parsed(**BINARY, loss="hinge_loss"), np.ones((1, 2), np.float32))
    assert found.losses[0] == pytest.approx(-5 / 6)
    assert -30 < found.thresholds[0] < -25 or -18 < found.thresholds[0] < -10


@pytest.mark.parametrize(("loss", "threshold"), [("logistic", 0.5), ("hinge_loss", 0.0)])
def test_by_the_loss_nothing_is_calibrated(loss: str, threshold: float) -> None:
    given = parsed(**BINARY, loss=loss, binary_classifier_model_selection_criteria="loss_function")
    models = of_one_feature([1, -1], [0, 0])
    found = judged(models, SCORED, given, np.ones((2, 2), np.float32))
    assert found.thresholds.tolist() == [threshold, threshold]
    assert found.best == 0
    assert found.losses == pytest.approx(found.objectives)


def test_models_that_weigh_the_classes_otherwise_are_compared_by_a_records_loss() -> None:
    given = parsed(**BINARY, binary_classifier_model_selection_criteria="loss_function")
    models = of_one_feature([1, 1], [0, 0])
    weights = np.array([[1, 1], [1, 5]], np.float32)
    found = judged(models, SCORED, given, weights)
    assert found.objectives[1] > 2 * found.objectives[0]
    losses = np.logaddexp(0, -SCORES * (2 * SCORED.labels - 1))
    positive = SCORED.labels == 1
    expected = (losses[~positive].sum() + 5 * losses[positive].sum()) / (3 + 15)
    assert found.losses == pytest.approx([losses.mean(), expected], rel=1e-5)


def test_a_regressor_is_judged_by_its_loss() -> None:
    labels = np.array([1, 2, 3], np.float32)
    models = LinearModels(np.array([[1, 1.1, 0]], np.float32), np.array([0.5, 0, 2], np.float32))
    found = judged(
        models,
        Records(labels[:, np.newaxis], labels),
        parsed(predictor_type="regressor", loss="absolute_loss"),
        np.ones((3, 1), np.float32),
    )
    assert found.losses == pytest.approx([0.5, 0.2, 2 / 3], rel=1e-5)
    assert found.best == 1
    assert found.ranking.tolist() == [1, 0, 2]
    assert found.thresholds.tolist() == [0.5, 0.5, 0.5]


def test_a_multiclass_classifier_is_judged_by_its_loss() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 3)).astype(np.float32)
    labels = features.argmax(axis=1).astype(np.float32)
    good, bad = 4 * np.eye(3), 4 * np.eye(3)[[1, 0, 2]]
    models = LinearModels(
        np.hstack((bad, good)).astype(np.float32), np.zeros(6, np.float32), outputs_per_model=3
    )
    given = parsed(predictor_type="multiclass_classifier", num_classes="3")
    found = judged(models, Records(features, labels), given, np.ones((2, 3), np.float32))
    assert found.best == 1
    assert found.losses == pytest.approx(found.objectives)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("criterion", ["accuracy", "loss_function"])
def test_a_model_that_diverged_is_not_chosen(criterion: str) -> None:
    centred = VALIDATION.features - VALIDATION.features.mean(axis=0)
    shift = centred.T @ (2 * VALIDATION.labels - 1)
    informative = int(np.argmax(np.abs(shift / (1e-9 + centred.std(axis=0)))))
    weights = np.zeros((VALIDATION.feature_dim, 2), np.float32)
    weights[informative, 0] = np.copysign(np.inf, shift[informative])
    found = judged(
        LinearModels(weights, np.zeros(2, np.float32)),
        Records(centred, VALIDATION.labels),
        parsed(**BINARY, binary_classifier_model_selection_criteria=criterion),
        np.ones((2, 2), np.float32),
    )
    assert found.best == 1, "the infinite weight tells more records apart, but is no model"
    assert not np.isfinite(found.losses[0])


def test_a_calibration_on_a_sample_is_near_that_on_all() -> None:
    random = np.random.default_rng(3)
    labels = (random.random(20_000) < 0.4).astype(np.float32)
    features = (labels + random.normal(size=20_000)).astype(np.float32)[:, np.newaxis]
    records = Records(features, labels)
    models = of_one_feature([1, -1], [0, 0])
    few = judged(
        models,
        records,
        parsed(**BINARY, num_calibration_samples="2000"),
        np.ones((2, 2), np.float32),
    )
    every = judged(models, records, parsed(**BINARY), np.ones((2, 2), np.float32))
    assert few.losses == pytest.approx(every.losses, abs=0.03)
    assert few.losses[0] != every.losses[0]
    assert few.objectives == pytest.approx(every.objectives)


def test_an_infinite_weight_that_no_record_meets_is_no_model_either() -> None:
    # Compressed rows: the second feature is 0 throughout, and is not multiplied.
    rows = np.arange(len(SCORES) + 1)
    features = SparseRows(SCORES, np.zeros(len(SCORES), np.int32), rows, (len(SCORES), 2))
    models = LinearModels(np.array([[1, -1], [np.inf, 0]], np.float32), np.zeros(2, np.float32))
    records = Records(features, SCORED.labels)
    found = judged(models, records, parsed(**BINARY), np.ones((2, 2), np.float32))
    assert found.best == 1
    assert found.losses[0] == np.inf


@pytest.mark.parametrize(("averaged", "best"), [(False, 0), (True, 1)])
def test_averaged_multiclass_models_are_judged_by_accuracy_and_epochs_by_the_loss(
    averaged: bool, best: int
) -> None:
    # The first model is wrong by a hair in two records, the second badly in one.
    wanted = np.array([0, 1, 2, 0], np.float32)
    first = [[3, 0, 0], [0.1, 0, 0], [0.1, 0, 0], [3, 0, 0]]
    second = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 9, 0]]
    models = LinearModels(np.hstack([first, second]).astype(np.float32), np.zeros(6, np.float32), 3)
    given = parsed(predictor_type="multiclass_classifier", num_classes="3")
    records = Records(np.eye(4, dtype=np.float32), wanted)
    selector = Selector(as_source(records), given, loss=make_loss(given), seed=0, averaged=averaged)
    found = selector.judge(models, np.ones((2, 3), np.float32))
    assert found.best == best
    assert found.loss == pytest.approx(found.objectives[0])
    if averaged:
        assert found.losses == pytest.approx([-2 / 4, -3 / 4])


def test_the_accuracy_of_averaged_models_weighs_the_classes() -> None:
    given = parsed(
        predictor_type="multiclass_classifier", num_classes="3", balance_multiclass_weights="true"
    )
    models = LinearModels(np.eye(3, dtype=np.float32), np.array([0, 0, -5], np.float32), 3)
    records = Records(np.eye(3, dtype=np.float32), np.array([0, 1, 2], np.float32))
    selector = Selector(as_source(records), given, loss=make_loss(given), seed=0, averaged=True)
    found = selector.judge(models, np.array([[1, 1, 4]], np.float32))
    assert found.losses == pytest.approx([-2 / 6])
