"""The lines of a training job's log, in the forms that the metric definitions read."""

import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import Final, Literal

from linear_learner.arrays import Doubles
from linear_learner.training.early_stopping import EpochVerdict

LOGGER: Final = logging.getLogger("linear_learner")
_METRICS: Final = LOGGER.getChild("metrics")
"""Of the lines that programs read: they have no stamp, but a time of their own."""

_LOSSES: Final = ("mse", "absolute_loss", "rmse")
Part = Literal["train", "validation", "test"]


def write_to_stdout() -> None:
    """Write the log to the standard output: ``[MM/DD/YYYY hh:mm:ss INFO <thread>] text``, UTC."""
    stamped = logging.Formatter(
        "[%(asctime)s %(levelname)s %(thread)d] %(message)s", datefmt="%m/%d/%Y %H:%M:%S"
    )
    stamped.converter = time.gmtime
    for logger, formatter in ((LOGGER, stamped), (_METRICS, logging.Formatter("%(message)s"))):
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    _METRICS.propagate = False


class TrainingLog:
    """Writes what happens in training.

    Parameters
    ----------
    host
        Name of this host, e.g. ``algo-1``.
    epochs
        Most epochs that there will be.
    """

    def __init__(self, host: str, epochs: int) -> None:
        self._host = host
        self._epochs = epochs

    def objectives(self, epoch: int, part: Part, name: str, losses: Doubles) -> None:
        """Write an epoch's mean loss of every model, shape (models,).

        As the built-in algorithm does: a line of JSON for each model, and of
        model 0 the line that the metric definitions read.
        """
        now = time.time()
        for model, loss in enumerate(losses.tolist()):
            statistics = {"sum": loss, "count": 1, "min": loss, "max": loss}
            dimensions = {
                "Algorithm": "Linear Learner",
                "Host": self._host,
                "Operation": "training",
                "epoch": epoch,
                "model": model,
            }
            line = {
                "StartTime": now,
                "EndTime": now,
                "Dimensions": dimensions,
                "Metrics": {f"{part}_{name}": statistics},
            }
            _METRICS.info("#metrics %s", json.dumps(line))
        self._quality(f"epoch={epoch}, {part} {name} <loss>={losses.item(0)!r}")

    def criterion(self, epoch: int, name: str, value: float) -> None:
        """Write what early stopping looks at."""
        LOGGER.info(
            "#early_stopping_criteria_metric: host=%s, epoch=%d, criteria=%s, value=%r",
            *(self._host, epoch, name, value),
        )

    def verdict(self, epoch: int, verdict: EpochVerdict) -> None:
        """Write what early stopping says of an epoch."""
        if verdict.improved:
            LOGGER.info("Epoch %d: Loss improved. Updating best model", epoch)
        else:
            LOGGER.info("Epoch %d: Loss has not improved for %d epochs.", epoch, verdict.idle)
        if verdict.stop:
            LOGGER.info("Early stop condition met. Stopping training.")

    def epoch_done(self, epoch: int, records_per_second: float, *, last: bool) -> None:
        """Write how far training is, and how fast the epoch went."""
        percent = 100 if last else 100 * (epoch + 1) // self._epochs
        LOGGER.info("#progress_metric: host=%s, completed %d %% of epochs", self._host, percent)
        LOGGER.info(
            "#throughput_metric: host=%s, train throughput=%r records/second",
            *(self._host, records_per_second),
        )

    def best_model(self, hyperparameters: Mapping[str, str | float]) -> None:
        """Write which of the models was chosen."""
        LOGGER.info("Best model found for hyperparameters: %s", json.dumps(hyperparameters))

    def final(self, part: Part, metrics: Mapping[str, float]) -> None:
        """Write the chosen model's metrics; the first of them is its mean loss."""
        for name, value in metrics.items():
            LOGGER.info("#%s_score (%s) : %r", part, self._host, (name, value))
        for name, value in metrics.items():
            kind = "loss" if name.endswith("_objective") or name in _LOSSES else "score"
            self._quality(f"{part} {name} <{kind}>={value!r}")

    def _quality(self, text: str) -> None:
        LOGGER.info("#quality_metric: host=%s, %s", self._host, text)
