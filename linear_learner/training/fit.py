"""Train from arrays: many models at once, the best of them at its best epoch, calibrated."""

import time

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles
from linear_learner.data.dataset import Dataset
from linear_learner.data.held import HeldSource
from linear_learner.data.records import Records
from linear_learner.errors import ClientError
from linear_learner.model import LinearModel
from linear_learner.selection.metrics import evaluate
from linear_learner.selection.selector import Judgement, Selector
from linear_learner.training.early_stopping import EarlyStopping
from linear_learner.training.old_losses import LOSSES
from linear_learner.training.parallel import LinearModels, ParallelModels
from linear_learner.training.scaler import fit_scaler
from linear_learner.training.settings import grid
from linear_learner.training.training_log import Part, TrainingLog

CONTAINER_SEED = 0
"""There is no hyperparameter for a seed: every training job starts from this one."""


def fit(
    train: Dataset,
    hyperparameters: Hyperparameters,
    validation: Dataset | None = None,
    *,
    seed: int = CONTAINER_SEED,
    host: str = "algo-1",
) -> LinearModel:
    """Train a linear model.

    Parameters
    ----------
    train
        Records of both classes, all features finite.
    hyperparameters
        The job's.
    validation
        What epoch, model and threshold are chosen by. Without it, the train
        objective decides on the epoch, and the training records on model and
        threshold.
    seed
        Of first weights, order and sample: with the same seed, on the same
        machine and with as many BLAS threads, the same model, bit for bit.
    host
        Its name in the log.

    Raises
    ------
    ClientError
        If no model's weights stay finite.
    """
    return Training(train, hyperparameters, validation, seed=seed, host=host).run()


class Training:
    """One call of `fit`."""

    def __init__(
        self,
        train: Dataset,
        hyperparameters: Hyperparameters,
        validation: Dataset | None,
        *,
        seed: int,
        host: str,
    ) -> None:
        self._train = train
        self._given = hyperparameters
        self._part: Part = "train" if validation is None else "validation"
        self._held = train if validation is None else validation
        self._random = np.random.default_rng(seed)
        self._log = TrainingLog(host, hyperparameters.epochs)
        self._loss = LOSSES[hyperparameters.loss]
        self._settings = grid(hyperparameters, float(train.labels.mean()))
        self._selector = Selector(
            self._held,
            hyperparameters,
            loss=self._loss,
            positive_weight=self._settings.positive_weight,
            random=self._random,
        )
        self._models = ParallelModels(
            train,
            hyperparameters,
            self._settings,
            loss=self._loss,
            scaler=fit_scaler(
                HeldSource("train", Records(train.features, train.labels)), hyperparameters
            ),
            seed=seed,
        )

    def run(self) -> LinearModel:
        """Train, choose, and write the metrics of what was chosen."""
        models, judgement = self._best_epoch()
        if judgement is None:
            judgement = self._selector.judge(models)
        model = self._choose(models, judgement)
        _check_finite(model)
        self._log.final(self._part, evaluate(model, self._held))
        self._log.best_model(self._described(judgement.best))
        return model

    def _best_epoch(self) -> tuple[LinearModels, Judgement | None]:
        """Train to the last epoch or to the end of patience, and go back to the best epoch."""
        given = self._given
        stopping = EarlyStopping(given.early_stopping_patience, given.early_stopping_tolerance)
        best: tuple[LinearModels, Judgement | None] | None = None
        for epoch in range(given.epochs):
            started = time.perf_counter()
            objectives = self._models.train_epoch(self._train, self._new_order())
            seconds = time.perf_counter() - started
            models = self._models.on_raw_features()
            loss, judgement = self._judge(epoch, objectives, models)
            verdict = stopping.see(loss)
            if best is None or verdict.best:
                best = models, judgement
            self._log.verdict(epoch, verdict)
            self._log.epoch_done(epoch, self._train.records / seconds, last=verdict.stop)
            if verdict.stop:
                break
        assert best is not None, "epochs is at least 1"  # noqa: S101 - for the type checker
        return best

    def _new_order(self) -> np.ndarray:
        return self._random.permutation(self._train.records)

    def _judge(
        self, epoch: int, objectives: Doubles, models: LinearModels
    ) -> tuple[float, Judgement | None]:
        """Return what early stopping looks at, and with a validation channel the judgement."""
        log, name = self._log, self._loss.objective
        log.objective(epoch, "train", name, float(objectives[0]))
        if self._part == "train":
            loss = float(np.fmin.reduce(objectives, initial=np.inf))  # without those that diverged
            log.criterion(epoch, name, loss)
            return loss, None
        judgement = self._selector.judge(models)
        log.objective(epoch, "validation", name, float(judgement.objectives[0]))
        log.criterion(epoch, self._selector.criterion, abs(judgement.loss))
        return judgement.loss, judgement

    def _choose(self, models: LinearModels, judgement: Judgement) -> LinearModel:
        best = judgement.best
        return LinearModel(
            weights=models.weights[best][:, np.newaxis].copy(),
            bias=models.bias[[best]],
            threshold=float(judgement.thresholds[best]),
            predictor_type=self._given.predictor_type,
            loss_type=self._given.loss,
            f_beta=self._given.f_beta,
            positive_example_weight_mult=float(self._settings.positive_weight[best]),
            accuracy_top_k=self._given.accuracy_top_k,
        )

    def _described(self, best: int) -> dict[str, str | float]:
        settings = self._settings
        return {
            "optimizer": self._given.optimizer,
            "learning_rate": _shortest(settings.learning_rate[best]),
            "l1": _shortest(settings.l1[best]),
            "wd": _shortest(settings.wd[best]),
            "lr_scheduler_step": self._models.scheduler.step,
            "lr_scheduler_factor": self._given.lr_scheduler_factor,
            "lr_scheduler_minimum_lr": _shortest(settings.minimum_lr[best]),
        }


def _check_finite(model: LinearModel) -> None:
    if not (np.isfinite(model.weights).all() and np.isfinite(model.bias).all()):
        raise ClientError(
            "training diverged: no model's weights are finite; "
            "expected features of a smaller range, or a smaller learning_rate"
        )


def _shortest(value: np.float32) -> float:
    """Return 0.1 for the float32 nearest to it, and not 0.10000000149."""
    return float(str(value))
