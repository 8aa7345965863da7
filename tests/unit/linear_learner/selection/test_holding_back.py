"""Records to choose by, where there is no validation channel."""

from collections.abc import Iterator

import numpy as np
import pytest

from contract.hyperparameters import Hyperparameters
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records, SparseRows
from linear_learner.data.source import Source
from linear_learner.selection.holding_back import hold_back
from tests.unit.linear_learner.samples import parsed

BINARY = parsed(predictor_type="binary_classifier")
REGRESSOR = parsed(predictor_type="regressor")


def numbered(labels: np.ndarray, zeros: int = 0) -> HeldSource:
    """Make records that are known by their first feature; other features are 0."""
    features = np.zeros((len(labels), 1 + zeros), np.float32)
    features[:, 0] = np.arange(1, len(labels) + 1)
    return HeldSource("train", Records(features, labels.astype(np.float32)))


def told(source: Source) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers and labels of the records."""
    (records,) = source.blocks()
    features = records.features
    numbers = features.data if isinstance(features, SparseRows) else features[:, 0]
    return numbers.astype(int), records.labels


@pytest.mark.parametrize("zeros", [0, 9])
def test_every_record_is_on_one_side(zeros: int) -> None:
    labels = np.random.default_rng(0).normal(size=1500)
    rest, sample = hold_back(numbered(labels, zeros), REGRESSOR, 0)
    trained, trained_labels = told(rest)
    held, held_labels = told(sample)
    assert sorted([*trained, *held]) == list(range(1, 1501))
    assert len(held) == 150
    assert trained_labels == pytest.approx(labels[trained - 1], rel=1e-6)
    assert held_labels == pytest.approx(labels[held - 1], rel=1e-6)
    assert rest.sparse is sample.sparse is False, "they came dense, however they are held"


def test_of_either_class_a_tenth_is_held_back() -> None:
    labels = np.arange(6000) < 600
    _, sample = hold_back(numbered(labels), BINARY, 0)
    _, held = told(sample)
    assert (held == 1).sum() == 60
    assert (held == 0).sum() == 540


def test_the_seed_decides_which() -> None:
    labels = np.zeros(2000)
    first, again, other = (
        told(hold_back(numbered(labels), REGRESSOR, seed)[1])[0].tolist() for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("labels", "given"),
    [
        (np.zeros(900), REGRESSOR),
        (np.arange(6000) < 400, BINARY),
        (np.arange(6000) < 5600, BINARY),
        (np.arange(600) % 3, parsed(predictor_type="multiclass_classifier", num_classes="3")),
    ],
)
def test_few_records_are_trained_on_and_chosen_by(
    labels: np.ndarray, given: Hyperparameters
) -> None:
    train = numbered(labels)
    assert hold_back(train, given, 0) == (train, train)


def test_one_model_is_trained_on_all_records() -> None:
    train = numbered(np.arange(6000) < 3000)
    alone = parsed(predictor_type="binary_classifier", num_models="1")
    assert hold_back(train, alone, 0) == (train, train)


def test_records_that_are_not_in_memory_serve_both_ends() -> None:
    held = numbered(np.zeros(2000))

    class Stream:
        name, feature_dim, sparse, records = "train", 1, False, 2000
        head = held.head

        def blocks(self, random: np.random.Generator | None = None) -> Iterator[Records]:
            return held.blocks(random)

    stream = Stream()
    assert hold_back(stream, REGRESSOR, 0) == (stream, stream)
