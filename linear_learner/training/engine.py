"""Many linear models, trained at once."""

from typing import Protocol

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats
from linear_learner.data.records import SparseRows
from linear_learner.data.source import Source
from linear_learner.training.adam import Adam
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.scaler import Scaler
from linear_learner.training.scheduler import Scheduler
from linear_learner.training.settings import ModelSettings


class GradientLoss(Protocol):
    """What is minimised; it lets other threads run meanwhile."""

    def gradient(
        self, outputs: Floats, labels: Floats, class_weight: Floats, losses: Doubles
    ) -> None:
        """Replace outputs by the loss's derivatives, and add each model's loss to `losses`.

        Parameters
        ----------
        outputs
            Shape (records, models * outputs_per_model); overwritten.
        labels
            Shape (records,).
        class_weight
            What a record of each class counts, shape (models, classes).
        losses
            Shape (models,).
        """
        ...


class ParallelModels:
    """Models of several settings that see the same batches.

    Parameters
    ----------
    feature_dim
        Number of features of a record.
    hyperparameters, settings
        What all models have in common, and what they have not.
    loss, scaler
        What is minimised, and what is done to a record before.
    class_weight
        What a record of each class counts, shape (models, classes).
    outputs_per_model
        1, or the number of classes.
    steps_per_epoch
        Batches in one pass over the records.
    seed
        Of the first weights.
    averaging
        Whether the models are the means of all the iterates, and not the last.
    """

    def __init__(  # noqa: PLR0913 - `fit` alone calls it, and by name
        self,
        feature_dim: int,
        hyperparameters: Hyperparameters,
        settings: ModelSettings,
        *,
        loss: GradientLoss,
        scaler: Scaler,
        class_weight: Floats,
        outputs_per_model: int,
        steps_per_epoch: int,
        seed: int,
        averaging: bool = False,
    ) -> None:
        given = hyperparameters
        columns = len(settings) * outputs_per_model
        self.scheduler = Scheduler(given, settings, steps_per_epoch)
        self._given = given
        self._loss = loss
        self._scaler = scaler
        self._class_weight = class_weight
        self._outputs_per_model = outputs_per_model
        self._steps = 0
        self._weights = np.random.default_rng(seed).uniform(-0.07, 0.07, (columns, feature_dim))
        self._weights = self._weights.astype(np.float32)
        self._bias = np.full((columns, 1), given.init_bias if given.use_bias else 0, np.float32)
        wd, l1 = (np.repeat(values, outputs_per_model) for values in (settings.wd, settings.l1))
        betas = given.beta_1, given.beta_2
        self._weights_adam = Adam(self._weights.shape, *betas, wd, l1)
        self._bias_adam = Adam(self._bias.shape, *betas, np.zeros_like(wd), np.zeros_like(l1))
        if averaging:
            raise NotImplementedError

    def train_epoch(self, source: Source, random: np.random.Generator) -> Doubles:
        """Pass over the records once.

        Parameters
        ----------
        source
            The training records.
        random
            Chooses the order of the records.

        Returns
        -------
        Doubles
            Each model's mean loss, measured batch by batch before its step;
            shape (models,).
        """
        losses = np.zeros(len(self._class_weight))
        records = 0
        for block in source.blocks(random):
            order = random.permutation(len(block))
            for start in range(0, len(block), self._given.mini_batch_size):
                rows = order[start : start + self._given.mini_batch_size]
                if isinstance(block.features, SparseRows):
                    raise NotImplementedError
                self._train_batch(block.features[rows], block.labels[rows], losses)
            records += len(block)
        return losses / records

    def on_raw_features(self) -> LinearModels:
        """Return the models as they are now, with the normalisation folded in."""
        weights, bias = self._scaler.fold(self._weights.T, self._bias[:, 0])
        return LinearModels(np.ascontiguousarray(weights), bias, self._outputs_per_model)

    def _train_batch(self, batch: Floats, labels: Floats, losses: Doubles) -> None:
        self._scaler.apply(batch)
        outputs = batch @ self._weights.T + self._bias[:, 0]
        self._loss.gradient(outputs, labels, self._class_weight, losses)
        outputs *= np.float32(1 / len(batch))
        rate = np.repeat(self.scheduler.rate(self._steps), self._outputs_per_model)
        self._weights_adam.step(self._weights, outputs.T @ batch, rate)
        if self._given.use_bias:
            bias_rate = rate * np.float32(self._given.bias_lr_mult)
            self._bias_adam.step(self._bias, outputs.sum(axis=0)[:, np.newaxis], bias_rate)
        self._steps += 1
