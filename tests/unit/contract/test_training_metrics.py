"""The metric definitions: each reads one number from a line of its own."""

import re

import pytest

from contract.training_metrics import METRIC_DEFINITIONS

LINES = {
    "train:progress": "#progress_metric: host=algo-1, completed 93 % of epochs",
    "train:throughput": "#throughput_metric: host=algo-1, train throughput=93 records/second",
    "train:objective_loss": "#quality_metric: host=algo-1, epoch=3, train a_objective <loss>=93",
    "train:objective_loss:final": "#quality_metric: host=algo-1, train a_objective <loss>=93",
    "validation:objective_loss": (
        "#quality_metric: host=algo-1, epoch=3, validation a_objective <loss>=93"
    ),
    "validation:objective_loss:final": (
        "#quality_metric: host=algo-1, validation a_objective <loss>=93"
    ),
    "test:objective_loss": "#quality_metric: host=algo-1, test a_objective <loss>=93",
    "validation:binary_f_beta": (
        "#quality_metric: host=algo-1, validation binary_f_1.000 <score>=93"
    ),
    "test:binary_classification_accuracy": (
        "#quality_metric: host=algo-1, test binary_classification_accuracy <score>=93"
    ),
    "train:precision": "#quality_metric: host=algo-1, train precision <score>=93",
    "test:recall": "#quality_metric: host=algo-1, test recall <score>=93",
    "validation:roc_auc_score": (
        "#quality_metric: host=algo-1, validation roc_auc_score <score>=93"
    ),
    "test:rmse": "#quality_metric: host=algo-1, test rmse <loss>=93",
    "validation:multiclass_accuracy": (
        "#quality_metric: host=algo-1, validation multiclass_accuracy <score>=93"
    ),
    "validation:multiclass_balanced_accuracy": (
        "#quality_metric: host=algo-1, validation multiclass_balanced_accuracy <score>=93"
    ),
    "test:multiclass_log_loss": (
        "#quality_metric: host=algo-1, test multiclass_log_loss <score>=93"
    ),
    "validation:mse": "#quality_metric: host=algo-1, validation mse <loss>=93",
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_read_by_its_own_definition_alone(name: str) -> None:
    matching = {
        known: found[1]
        for known, definition in METRIC_DEFINITIONS.items()
        if (found := re.search(definition, LINES[name]))
    }
    assert matching == {name: "93"}


def test_every_definition_has_the_value_in_its_one_group() -> None:
    for name, definition in METRIC_DEFINITIONS.items():
        assert re.compile(definition).groups == 1, name
