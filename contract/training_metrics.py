"""The metrics of a training job, and how they are read from its log; standard library only.

SageMaker takes a job's metrics from its log by regular expressions, the
algorithm's metric definitions. These are the built-in Linear Learner's, as
``DescribeTrainingJob`` shows them. ``linear_learner`` writes the lines, the
embedded SageMaker reads them.
"""

from typing import Final

_QUALITY = r"#quality_metric: host=\S+, "
_PARTS = ("train", "validation", "test")

_LOSSES_OF_ALL_PARTS = {"mse": "mse", "absolute_loss": "absolute_loss"}
_SCORES_OF_ALL_PARTS = {
    "binary_classification_accuracy": "binary_classification_accuracy",
    "binary_f_beta": r"binary_f_\S+",
    "precision": "precision",
    "recall": "recall",
}
_SCORES_OF_HELD_BACK_PARTS = {
    "roc_auc_score": "roc_auc_score",
    "multiclass_accuracy": "multiclass_accuracy",
    "multiclass_top_k_accuracy": r"multiclass_top_k_accuracy_\S+",
    "macro_recall": "macro_recall",
    "macro_precision": "macro_precision",
    "macro_f_beta": r"macro_f_\S+",
    "dcg": "dcg",
    "multiclass_balanced_accuracy": "multiclass_balanced_accuracy",
    # A loss, but logged as a score: so published logs have it.
    "multiclass_log_loss": "multiclass_log_loss",
}


def _definitions() -> dict[str, str]:
    definitions = {
        "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
        "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
        "test:objective_loss": rf"{_QUALITY}test \S+_objective <loss>=(\S+)",
    }
    for part in ("train", "validation"):
        line = rf"{part} \S+_objective <loss>=(\S+)"
        definitions[f"{part}:objective_loss"] = rf"{_QUALITY}epoch=\S+, {line}"
        definitions[f"{part}:objective_loss:final"] = rf"{_QUALITY}{line}"
    for part in _PARTS:
        held_back = part != "train"
        losses = _LOSSES_OF_ALL_PARTS | ({"rmse": "rmse"} if held_back else {})
        scores = _SCORES_OF_ALL_PARTS | (_SCORES_OF_HELD_BACK_PARTS if held_back else {})
        for kind, written in (("loss", losses), ("score", scores)):
            for name, word in written.items():
                definitions[f"{part}:{name}"] = rf"{_QUALITY}{part} {word} <{kind}>=(\S+)"
    return definitions


METRIC_DEFINITIONS: Final[dict[str, str]] = _definitions()
"""The regular expression of every metric, by its name (``validation:binary_f_beta``).

The first group is the value. ``objective_loss`` is written every epoch,
``objective_loss:final`` once, for the model that was chosen.
"""
