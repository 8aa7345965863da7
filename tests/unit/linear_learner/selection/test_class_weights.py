"""What a record of each class counts."""

import numpy as np
import pytest

from linear_learner.data.records import Records
from linear_learner.selection.class_weights import class_weights, count_classes
from tests.unit.linear_learner.samples import as_source, parsed

ONE = np.ones(3, np.float32)
MULTICLASS = {"predictor_type": "multiclass_classifier", "num_classes": "4"}


def source(labels: list[int]) -> Records:
    return Records(np.ones((len(labels), 1), np.float32), np.array(labels, np.float32))


def test_every_record_of_a_regressor_counts_one() -> None:
    given = parsed(predictor_type="regressor")
    assert class_weights(given, ONE, None).tolist() == [[1], [1], [1]]


def test_a_positive_record_counts_what_it_does_for_its_model() -> None:
    given = parsed(predictor_type="binary_classifier")
    weights = class_weights(given, np.array([1, 2.5], np.float32), None)
    assert weights.tolist() == [[1, 1], [1, 2.5]]


def test_all_classes_count_the_same_unless_they_are_to_be_balanced() -> None:
    weights = class_weights(parsed(**MULTICLASS), ONE, None)
    assert weights.tolist() == [[1, 1, 1, 1]] * 3


def test_balanced_classes_weigh_the_same_and_a_record_one_on_average() -> None:
    given = parsed(**MULTICLASS, balance_multiclass_weights="true")
    counts = count_classes(as_source(source([0, 0, 0, 1, 2, 2, 3, 3])), given)
    assert counts is not None
    assert counts.tolist() == [3, 1, 2, 2]
    weights = class_weights(given, ONE, counts)[0]
    assert weights * counts == pytest.approx(np.full(4, 2))


def test_a_class_without_records_takes_nothing_from_the_others() -> None:
    given = parsed(**MULTICLASS, balance_multiclass_weights="true")
    counts = count_classes(as_source(source([0, 0, 0, 1, 3, 3])), given)
    assert counts is not None
    weights = class_weights(given, ONE, counts)[0]
    assert np.isfinite(weights).all()
    assert weights[[0, 1, 3]] * counts[[0, 1, 3]] == pytest.approx(np.full(3, 2))


@pytest.mark.parametrize(
    "given",
    [
        {"predictor_type": "regressor"},
        {"predictor_type": "binary_classifier", "positive_example_weight_mult": "3"},
        MULTICLASS,
    ],
)
def test_no_pass_is_made_where_nothing_depends_on_it(given: dict[str, str]) -> None:
    assert count_classes(as_source(source([0, 1])), parsed(**given)) is None


@pytest.mark.parametrize("value", ["balanced", "auto"])
def test_a_binary_classifiers_records_are_counted_for_balanced_weights(value: str) -> None:
    given = parsed(predictor_type="binary_classifier", positive_example_weight_mult=value)
    counts = count_classes(as_source(source([0, 1, 0])), given)
    assert counts is not None
    assert counts.tolist() == [2, 1]
