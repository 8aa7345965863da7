"""Train: many models at once, the best of them at its best epoch, calibrated."""

import time
from typing import Final

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles
from linear_learner.data.source import Source
from linear_learner.errors import ClientError
from linear_learner.model import LinearModel
from linear_learner.selection.blending import blend
from linear_learner.selection.holding_back import hold_back
from linear_learner.selection.metrics import evaluate
from linear_learner.selection.selector import Judgement, Selector
from linear_learner.training.candidates import DIVERGED, Candidates
from linear_learner.training.early_stopping import EarlyStopping
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.training_log import LOGGER, Part, TrainingLog

CONTAINER_SEED: Final = 0
"""There is no hyperparameter for a seed: every training job starts from this one."""


def fit(
    train: Source,
    given: Hyperparameters,
    validation: Source | None = None,
    *,
    test: Source | None = None,
    seed: int = CONTAINER_SEED,
    host: str = "algo-1",
    averaging: bool = False,
    blending: int = 1,
) -> LinearModel:
    """Train a linear model.

    Without validation records, the train objective decides on the epoch, as
    in the built-in algorithm, and training records on model and threshold:
    those that `hold_back` takes. The objective that decides holds the
    penalties, as what is minimised does; whether the built-in's does is not
    published. The logged objective is the mean loss alone.

    Parameters
    ----------
    train
        Records whose features are finite; of both classes for a binary classifier.
    given
        The job's hyperparameters.
    validation
        What epoch, model and threshold are chosen by.
    test
        What the metrics of the model that was chosen are logged of.
    seed
        Of first weights, order and sample: with the same seed, on the same
        machine, the same model, bit for bit, whatever the number of threads.
    host
        Its name in the log.
    averaging
        Whether a model is the mean of all its iterates, and not the last one;
        with it, what else steadies a model: features that hardly ever vary
        are scaled less, the threshold for the accuracy is smoothed, and the
        most accurate multiclass classifier is taken.
    blending
        How many of the best models the mean is taken of; it is one linear
        model. This and the averaging go beyond the built-in algorithm.

    Raises
    ------
    ClientError
        If no model's weights stay finite.
    """
    training = Training(train, given, validation, seed=seed, host=host, averaging=averaging)
    return training.run(blending, test)


class Training:
    """One call of `fit`."""

    def __init__(
        self,
        train: Source,
        given: Hyperparameters,
        validation: Source | None,
        *,
        seed: int,
        host: str,
        averaging: bool,
    ) -> None:
        self._given = given
        self._part: Part = "train" if validation is None else "validation"
        self._reported = train if validation is None else validation
        if validation is None:
            self._train, self._held = hold_back(train, given, seed)
        else:
            self._train, self._held = train, validation
        self._random = np.random.default_rng(seed)
        self._log = TrainingLog(host, given.epochs)
        self._candidates = Candidates(self._train, given, seed=seed, averaging=averaging)
        self._loss = self._candidates.loss
        self._selector = Selector(self._held, given, loss=self._loss, seed=seed, averaged=averaging)

    def run(self, blending: int, test: Source | None) -> LinearModel:
        """Train, choose, and write the metrics of what was chosen."""
        models, judgement = self._best_epoch()
        if judgement is None:
            judgement = self._selector.judge(models, self._candidates.class_weight)
        best = judgement.best
        if not np.isfinite(judgement.objectives[best]):
            raise ClientError(DIVERGED)
        if blending > 1:
            model = self._blended(models, judgement, blending)
        else:
            model = self._candidates.choose(models, best, float(judgement.thresholds[best]))
        self._log.final(self._part, evaluate(model, self._reported, self._loss))
        self._log.best_model(self._described(best))
        if test is not None:
            self._log.final("test", evaluate(model, test, self._loss))
        else:
            LOGGER.info("Test data is not provided.")
        return model

    def _best_epoch(self) -> tuple[LinearModels, Judgement | None]:
        """Train to the last epoch or to the end of patience, and go back to the best epoch."""
        given, engine = self._given, self._candidates.engine
        stopping = EarlyStopping(given.early_stopping_patience, given.early_stopping_tolerance)
        best: tuple[LinearModels, Judgement | None] | None = None
        for epoch in range(given.epochs):
            penalties = engine.penalties() if self._part == "train" else None
            started = time.perf_counter()
            objectives = engine.train_epoch(self._train, self._random)
            seconds = time.perf_counter() - started
            models = engine.on_raw_features()
            loss, judgement = self._judge(epoch, objectives, penalties, models)
            verdict = stopping.see(loss)
            if best is None or verdict.best:
                best = models, judgement
            self._log.verdict(epoch, verdict)
            self._log.epoch_done(epoch, (self._train.records or 0) / seconds, last=verdict.stop)
            if verdict.stop:
                break
        assert best is not None, "epochs is at least 1"  # noqa: S101 - for the type checker
        return best

    def _judge(
        self, epoch: int, objectives: Doubles, penalties: Doubles | None, models: LinearModels
    ) -> tuple[float, Judgement | None]:
        """Return what early stopping looks at, and with a validation channel the judgement.

        Objectives and penalties are those of the weights that the epoch began with; penalties
        are None where validation records decide.
        """
        log, name, factor = self._log, self._loss.objective, self._loss.objective_factor
        log.objectives(epoch, "train", name, factor * objectives)
        if penalties is not None:
            # Without those that diverged. With the penalties: they are what the epochs make
            # less, where the loss alone is least before the weights have shrunk.
            loss = float(np.fmin.reduce(objectives + penalties, initial=np.inf))
            log.criterion(epoch, name, factor * loss)
            return loss, None
        judgement = self._selector.judge(models, self._candidates.class_weight)
        log.objectives(epoch, "validation", name, factor * judgement.objectives)
        is_objective = self._selector.criterion == name
        log.criterion(
            epoch, self._selector.criterion, abs(judgement.loss) * (factor if is_objective else 1)
        )
        return judgement.loss, judgement

    def _blended(self, models: LinearModels, judgement: Judgement, blending: int) -> LinearModel:
        sound = judgement.ranking[np.isfinite(judgement.losses[judgement.ranking])]
        blended = blend(
            models,
            sound[:blending],
            self._held,
            alike=self._given.predictor_type == "regressor",
        )
        own_weight = self._candidates.class_weight[judgement.best : judgement.best + 1]
        threshold = self._selector.judge(blended, own_weight).thresholds[0]
        return self._candidates.choose(blended, 0, float(threshold), weighed_as=judgement.best)

    def _described(self, best: int) -> dict[str, str | float]:
        settings = self._candidates.settings
        return {
            "optimizer": self._given.optimizer,
            "learning_rate": _shortest(settings.learning_rate[best]),
            "l1": _shortest(settings.l1[best]),
            "wd": _shortest(settings.wd[best]),
            "lr_scheduler_step": int(self._candidates.engine.scheduler.step[best]),
            "lr_scheduler_factor": float(settings.scheduler_factor[best]),
            "lr_scheduler_minimum_lr": _shortest(settings.minimum_lr[best]),
        }


def _shortest(value: np.float32) -> float:
    """Return 0.1 for the float32 nearest to it, and not 0.10000000149."""
    return float(str(value))
