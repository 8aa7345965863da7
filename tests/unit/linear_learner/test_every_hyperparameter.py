"""What every hyperparameter does: to the weights, the epochs, the chosen model or the threshold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, get_args

import numpy as np
import pytest

from contract.hyperparameters import (
    LOSSES,
    TABLE,
    InitMethod,
    Optimizer,
    PredictorType,
    SelectionCriteria,
    parse,
)
from linear_learner.arrays import Floats
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Features, Records, SparseRows
from linear_learner.data.source import Source
from linear_learner.model import LinearModel
from linear_learner.selection.metrics import evaluate
from linear_learner.training.fit import fit
from tests.unit.linear_learner.samples import DenseRecords, run_train, write_job

BINARY, MULTICLASS, REGRESSOR = get_args(PredictorType)
CLASSES: Final = 4
FEATURES: Final = 6
BASE: Final = {
    BINARY: {"predictor_type": BINARY},
    MULTICLASS: {"predictor_type": MULTICLASS, "num_classes": str(CLASSES)},
    REGRESSOR: {"predictor_type": REGRESSOR},
}
SMALL: Final = {"mini_batch_size": "25", "num_models": "8", "epochs": "4"}

Effect = Callable[[LinearModel, LinearModel], bool]
"""Whether the second model shows what the first does not."""


def compressed(features: Floats) -> SparseRows:
    rows, columns = np.nonzero(features)
    counts = np.bincount(rows, minlength=len(features))
    indptr = np.concatenate(([0], np.cumsum(counts)))
    return SparseRows(
        features[rows, columns], columns.astype(np.int32), indptr.astype(np.int64), features.shape
    )


@cache
def records(predictor: PredictorType, *, sparse: bool, seed: int) -> Records:
    """Draw records that a linear model predicts but for some noise.

    The features have means and scales of their own, and a third of them is 0
    where they are sparse. A third of the binary labels are positive, the
    classes are of unlike size, and the regressor's labels are skewed.
    """
    random = np.random.default_rng(seed)
    directions = np.random.default_rng(99).normal(size=(FEATURES, CLASSES))
    standard = random.normal(size=(400, FEATURES))
    features = standard * np.geomspace(0.5, 20, FEATURES)
    if sparse:
        features *= random.random(features.shape) < 1 / 3
        standard = features / np.geomspace(0.5, 20, FEATURES)
    else:
        features += np.linspace(-3, 9, FEATURES)
    outputs = standard @ directions + [0.5, 0, -0.5, -1] + random.gumbel(size=(400, CLASSES))
    labels = {
        BINARY: outputs[:, 0] > outputs[:, 1:].max(axis=1),
        MULTICLASS: outputs.argmax(axis=1),
        REGRESSOR: 40 + 10 * standard @ directions[:, 0] + 8 * random.exponential(size=400),
    }[predictor]
    narrow = features.astype(np.float32)
    held: Features = compressed(narrow) if sparse else narrow
    return Records(held, labels.astype(np.float32))


def source(name: str, predictor: PredictorType, *, sparse: bool, seed: int) -> Source:
    return HeldSource(name, records(predictor, sparse=sparse, seed=seed))


@cache
def trained(
    predictor: PredictorType, given: tuple[tuple[str, str], ...], *, sparse: bool
) -> LinearModel:
    return fit(
        source("train", predictor, sparse=sparse, seed=0),
        parse(dict(given)),
        source("validation", predictor, sparse=sparse, seed=1),
        seed=0,
        host="algo-1",
    )


def train(predictor: PredictorType, given: dict[str, str], *, sparse: bool = False) -> LinearModel:
    whole = {**BASE[predictor], **SMALL, **given}
    return trained(predictor, tuple(sorted(whole.items())), sparse=sparse)


def moves(before: LinearModel, after: LinearModel) -> bool:
    """Tell whether the weights differ by more than rounding does."""
    return not np.allclose(before.weights, after.weights, rtol=1e-4, atol=1e-7)


def moves_bias(before: LinearModel, after: LinearModel) -> bool:
    return not np.allclose(before.bias, after.bias, rtol=1e-4, atol=1e-7)


def moves_threshold(before: LinearModel, after: LinearModel) -> bool:
    return abs(before.threshold - after.threshold) > 1e-4


def lowers_threshold(before: LinearModel, after: LinearModel) -> bool:
    return after.threshold < before.threshold - 1e-4


def shrinks(before: LinearModel, after: LinearModel) -> bool:
    return float(np.abs(after.weights).sum()) < 0.9 * float(np.abs(before.weights).sum())


def has_more_zeros(before: LinearModel, after: LinearModel) -> bool:
    return bool(np.count_nonzero(after.weights) < np.count_nonzero(before.weights))


def has_no_bias(before: LinearModel, after: LinearModel) -> bool:
    return bool(np.all(before.bias != 0) and np.all(after.bias == 0))


def says_yes_more_often(before: LinearModel, after: LinearModel) -> bool:
    features = records(BINARY, sparse=False, seed=2).features
    shares = [float((model.outputs(features) > 0).mean()) for model in (before, after)]
    return shares[0] < shares[1]


def recall_of(model: LinearModel) -> float:
    found = evaluate(model, source("validation", BINARY, sparse=False, seed=1))
    return found["recall"]


def finds_more(before: LinearModel, after: LinearModel) -> bool:
    return recall_of(before) < recall_of(after) >= TARGET


def precision_of(model: LinearModel) -> float:
    found = evaluate(model, source("validation", BINARY, sparse=False, seed=1))
    return found["precision"]


def is_more_precise(before: LinearModel, after: LinearModel) -> bool:
    return precision_of(before) < precision_of(after) >= TARGET


def predicts_rare_classes_more_often(before: LinearModel, after: LinearModel) -> bool:
    held = records(MULTICLASS, sparse=False, seed=2)
    rarest = int(np.bincount(held.labels.astype(np.int64)).argmin())
    shares = [
        float((model.outputs(held.features).argmax(axis=1) == rarest).mean())
        for model in (before, after)
    ]
    return shares[0] < shares[1]


def lies_above_nine_labels_of_ten(before: LinearModel, after: LinearModel) -> bool:
    held = records(REGRESSOR, sparse=False, seed=0)
    shares = [
        float((held.labels < model.scores(held.features)).mean()) for model in (before, after)
    ]
    return abs(shares[0] - 0.5) < 0.05 and abs(shares[1] - 0.9) < 0.05


def has_an_output_more(before: LinearModel, after: LinearModel) -> bool:
    shapes = before.weights.shape, after.weights.shape
    return shapes == ((FEATURES, CLASSES), (FEATURES, CLASSES + 1))


def has_other_metrics(before: LinearModel, after: LinearModel) -> bool:
    """Compare metrics; what only counts correct answers in another way moves nothing else."""
    held = source("validation", MULTICLASS, sparse=False, seed=1)
    first, second = (evaluate(model, held) for model in (before, after))
    return set(first.values()) != set(second.values())


TARGET: Final = 0.95


@dataclass(frozen=True)
class Case:
    """A hyperparameter that is changed from its default, and what that is seen by.

    Attributes
    ----------
    given
        The other hyperparameters of both jobs.
    sparse
        Whether the job is also run on sparse records.
    """

    name: str
    value: str
    effect: Effect = moves
    predictors: tuple[PredictorType, ...] = (BINARY, MULTICLASS, REGRESSOR)
    given: dict[str, str] = field(default_factory=dict[str, str])
    sparse: bool = True

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


ONE = {"num_models": "1", "learning_rate": "0.05", "wd": "0", "l1": "0"}
"""One model of known settings: nothing else is chosen instead of it."""
FALLING = {**ONE, "lr_scheduler_step": "1"}
RAW = {**ONE, "unbias_data": "false", "unbias_label": "false"}
BY_RECALL = {"binary_classifier_model_selection_criteria": "precision_at_target_recall"}
BY_PRECISION = {"binary_classifier_model_selection_criteria": "recall_at_target_precision"}
BY_LOSS = {"binary_classifier_model_selection_criteria": "loss_function"}
"""An accuracy may stay the same from epoch to epoch, and is then as good as a better one."""
LONG = {**ONE, **BY_LOSS, "epochs": "12", "learning_rate": "0.005"}
ONLY_BINARY: tuple[PredictorType, ...] = (BINARY,)
ONLY_MULTICLASS: tuple[PredictorType, ...] = (MULTICLASS,)
ONLY_REGRESSOR: tuple[PredictorType, ...] = (REGRESSOR,)

CASES = [
    Case("predictor_type", REGRESSOR, predictors=ONLY_BINARY),
    Case("num_classes", str(CLASSES + 1), has_an_output_more, ONLY_MULTICLASS),
    Case("mini_batch_size", "40", given=ONE),
    Case("epochs", "2", given=LONG),
    Case("num_models", "1"),
    *[
        Case("loss", loss, predictors=(predictor,), given=ONE)
        for predictor, losses in LOSSES.items()
        for loss in losses[1:]
    ],
    *[Case("optimizer", other, given=ONE) for other in get_args(Optimizer)[1:]],
    Case("learning_rate", "0.02", given=ONE),
    Case("wd", "0.5", shrinks, given=ONE),
    Case("l1", "0.5", has_more_zeros, given={**ONE, "epochs": "12"}),
    Case("momentum", "0.9", given={**ONE, "optimizer": "sgd", "learning_rate": "0.001"}),
    Case("beta_1", "0.5", given=ONE),
    Case("beta_2", "0.9", given=ONE),
    Case("bias_lr_mult", "1", moves_bias, given=ONE),
    Case("bias_wd_mult", "20", moves_bias, given={**RAW, "wd": "0.01"}),
    Case("use_bias", "false", has_no_bias, given=RAW),
    Case("use_lr_scheduler", "false", given={**ONE, "mini_batch_size": "50"}),
    Case("lr_scheduler_step", "1", given=ONE),
    Case("lr_scheduler_factor", "0.5", given=FALLING),
    Case("lr_scheduler_minimum_lr", "0.01", given={**FALLING, "lr_scheduler_factor": "0.5"}),
    *[Case("init_method", other, given=ONE) for other in get_args(InitMethod)[1:]],
    Case("init_scale", "1", given=ONE),
    Case("init_sigma", "1", given={**ONE, "init_method": "normal"}),
    Case("init_bias", "2", moves_bias, given=ONE),
    Case("normalize_data", "false", given=ONE),
    Case("normalize_label", "false", predictors=ONLY_REGRESSOR, given=ONE),
    Case("unbias_data", "false", given=ONE, sparse=False),
    Case("unbias_label", "false", moves_bias, ONLY_REGRESSOR, given=ONE),
    Case("num_point_for_scaler", "60", given=ONE),
    Case("num_calibration_samples", "40", moves_threshold, ONLY_BINARY, given=ONE),
    *[
        Case("binary_classifier_model_selection_criteria", criterion, effect, ONLY_BINARY, ONE)
        for criterion, effect in (
            ("f1", lowers_threshold),
            ("f_beta", lowers_threshold),
            ("precision_at_target_recall", lowers_threshold),
            ("recall_at_target_precision", moves_threshold),
            ("cross_entropy_loss", moves_threshold),
            ("loss_function", moves_threshold),
        )
    ],
    Case("target_recall", str(TARGET), finds_more, ONLY_BINARY, BY_RECALL, sparse=False),
    Case("target_precision", str(TARGET), is_more_precise, ONLY_BINARY, BY_PRECISION, sparse=False),
    *[
        Case("positive_example_weight_mult", weight, says_yes_more_often, ONLY_BINARY, ONE, False)
        for weight in ("5", "balanced")
    ],
    Case(
        "positive_example_weight_mult", "auto", predictors=ONLY_BINARY, given={"num_models": "32"}
    ),
    Case(
        "balance_multiclass_weights",
        "true",
        predicts_rare_classes_more_often,
        ONLY_MULTICLASS,
        ONE,
        sparse=False,
    ),
    # By its definition this one is the k of a metric, and no more.
    Case("accuracy_top_k", "2", has_other_metrics, ONLY_MULTICLASS, ONE, sparse=False),
    Case(
        "f_beta",
        "4",
        lowers_threshold,
        ONLY_BINARY,
        {**ONE, "binary_classifier_model_selection_criteria": "f_beta"},
    ),
    Case("f_beta", "4", has_other_metrics, ONLY_MULTICLASS, ONE, sparse=False),
    Case("margin", "3", predictors=ONLY_BINARY, given={**ONE, "loss": "hinge_loss"}),
    Case(
        "quantile",
        "0.9",
        lies_above_nine_labels_of_ten,
        ONLY_REGRESSOR,
        {**ONE, "loss": "quantile_loss", "epochs": "40", "early_stopping_patience": "40"},
        sparse=False,
    ),
    Case("huber_delta", "0.1", predictors=ONLY_REGRESSOR, given={**ONE, "loss": "huber_loss"}),
    *[
        Case("loss_insensitivity", "9", predictors=ONLY_REGRESSOR, given={**ONE, "loss": loss})
        for loss in ("eps_insensitive_squared_loss", "eps_insensitive_absolute_loss")
    ],
    Case("early_stopping_patience", "1", given={**LONG, "early_stopping_tolerance": "0.9"}),
    Case("early_stopping_tolerance", "0.9", given=LONG),
]
SEEN_ELSEWHERE: Final = {"feature_dim"}
"""It changes no job: it refuses records of another width."""


def test_every_hyperparameter_has_a_case() -> None:
    assert {case.name for case in CASES} | SEEN_ELSEWHERE == set(TABLE)


def test_every_word_that_can_be_chosen_has_a_case() -> None:
    for name in ("optimizer", "init_method", "binary_classifier_model_selection_criteria", "loss"):
        changed = {case.value for case in CASES if case.name == name}
        defaults = {str(getattr(parse(base), name)) for base in BASE.values()}
        assert changed | defaults == set(TABLE[name].words) - {"auto"}
    assert set(get_args(SelectionCriteria)) == set(
        TABLE["binary_classifier_model_selection_criteria"].words
    )


def is_read(name: str, predictor: PredictorType) -> bool:
    return predictor in TABLE[name].only_with.get("predictor_type", (predictor,))


@pytest.mark.parametrize(
    ("case", "predictor", "sparse"),
    [
        pytest.param(case, predictor, sparse, id=f"{case}-{predictor}-{how}")
        for case in CASES
        for predictor in case.predictors
        for sparse, how in ((False, "dense"), (True, "sparse"))
        if case.sparse or not sparse
    ],
)
def test_a_hyperparameter_has_its_effect(
    case: Case, predictor: PredictorType, sparse: bool
) -> None:
    given = {name: text for name, text in case.given.items() if is_read(name, predictor)}
    before = train(predictor, given, sparse=sparse)
    after = train(predictor, {**given, case.name: case.value}, sparse=sparse)
    assert not case.effect(before, before), "an effect is seen where nothing was changed"
    assert case.effect(before, after), (
        f"{case} is not seen: {before.weights.tolist()}, {before.bias}, {before.threshold} became "
        f"{after.weights.tolist()}, {after.bias}, {after.threshold}"
    )


@pytest.mark.parametrize("predictor", [BINARY, MULTICLASS, REGRESSOR])
def test_feature_dim_refuses_records_of_another_width(
    tmp_path: Path, predictor: PredictorType
) -> None:
    labels = np.arange(20, dtype=np.float32) % 2
    data = (DenseRecords(np.ones((20, FEATURES), np.float32), labels),)
    job = write_job(
        tmp_path, {**BASE[predictor], **SMALL, "feature_dim": str(FEATURES + 1)}, {"train": data}
    )
    ended = run_train(job)
    assert ended.returncode != 0
    failure = (tmp_path / "output/failure").read_text()
    assert f"record 0: {FEATURES} features: expected {FEATURES + 1}" in failure
