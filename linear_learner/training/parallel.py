"""Several linear models, trained at once: one matrix product a batch, not one a model."""

from dataclasses import dataclass

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats, Indices
from linear_learner.data.dataset import Dataset
from linear_learner.training.adam import Adam
from linear_learner.training.old_losses import Loss
from linear_learner.training.scaler import Scaler
from linear_learner.training.scheduler import Scheduler
from linear_learner.training.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class LinearModels:
    """Weights of several models on raw features.

    Attributes
    ----------
    weights
        Shape (models, features).
    bias
        Shape (models,).
    """

    weights: Floats
    bias: Floats

    def __len__(self) -> int:
        return len(self.bias)

    def outputs(self, features: Floats) -> Floats:
        """Return ``features @ weights + bias``, shape (records, models)."""
        return features @ self.weights.T + self.bias


class ParallelModels:
    """Models of several settings that see the same batches.

    All buffers are made once: in an epoch, nothing as large as a batch is
    allocated.

    Parameters
    ----------
    data
        The training records; only their number and width are used here.
    hyperparameters, settings
        What all models have in common, and what they have not.
    loss, scaler
        What is minimised, and what is done to a batch before.
    seed
        Of the first weights.
    """

    def __init__(
        self,
        data: Dataset,
        hyperparameters: Hyperparameters,
        settings: ModelSettings,
        *,
        loss: Loss,
        scaler: Scaler,
        seed: int,
    ) -> None:
        models, given = len(settings), hyperparameters
        rows = min(given.mini_batch_size, data.records)
        self._settings = settings
        self._loss = loss
        self._scaler = scaler
        self._use_bias = given.use_bias
        self.scheduler = Scheduler(given, settings, -(-data.records // rows))
        self._bias_rate = np.float32(given.bias_lr_mult)
        self._steps = 0

        self._weights = _first_weights(given, settings, data.feature_dim, seed)
        if scaler.factor is not None:
            # What gets no gradient would fade to denormal numbers, which are slow.
            self._weights[:, scaler.factor == 0] = 0
        self._bias = np.full((models, 1), given.init_bias if given.use_bias else 0, np.float32)

        betas = given.beta_1, given.beta_2
        no_l1 = np.zeros_like(settings.l1)
        bias_wd = settings.wd * np.float32(given.bias_wd_mult)
        self._weights_adam = Adam(self._weights.shape, *betas, settings.wd, settings.l1)
        self._bias_adam = Adam(self._bias.shape, *betas, bias_wd, no_l1)

        self._batch = np.empty((rows, data.feature_dim), np.float32)
        self._outputs = np.empty((rows, models), np.float32)
        self._gradient = np.empty_like(self._weights)

    def train_epoch(self, data: Dataset, order: Indices) -> Doubles:
        """Pass over the records once.

        Parameters
        ----------
        data
            The training records.
        order
            In which they are seen, shape (records,).

        Returns
        -------
        Doubles
            Each model's mean loss, measured batch by batch before its step.
        """
        total = np.zeros(len(self._settings))
        rows = len(self._batch)
        for start in range(0, data.records, rows):
            chosen = order[start : start + rows]
            batch = self._batch[: len(chosen)]
            # mode="clip" only lets take write to `out` without a copy: no index is out of range.
            np.take(data.features, chosen, axis=0, out=batch, mode="clip")
            self._scaler.apply(batch)
            total += self._train_batch(batch, data.labels[chosen])
        return total / data.records

    def on_raw_features(self) -> LinearModels:
        """Return the models as they are now, with the normalisation folded in."""
        weights, bias = self._scaler.fold(self._weights.T, self._bias[:, 0])
        return LinearModels(np.ascontiguousarray(weights.T), bias)

    def _train_batch(self, batch: Floats, labels: Floats) -> Doubles:
        outputs = self._outputs[: len(batch)]
        np.matmul(batch, self._weights.T, out=outputs)
        outputs += self._bias[:, 0]
        losses = self._loss.gradient(outputs, labels, self._settings.positive_weight)
        outputs *= np.float32(1 / len(batch))

        rate = self.scheduler.rate(self._steps)
        np.matmul(outputs.T, batch, out=self._gradient)
        self._weights_adam.step(self._weights, self._gradient, rate)
        if self._use_bias:
            bias_gradient = outputs.sum(axis=0)[:, np.newaxis]
            self._bias_adam.step(self._bias, bias_gradient, rate * self._bias_rate)
        self._steps += 1
        return losses


def _first_weights(
    given: Hyperparameters, settings: ModelSettings, feature_dim: int, seed: int
) -> Floats:
    """Draw each model's weights from its own stream: they do not depend on the other models."""
    weights = np.empty((len(settings), feature_dim), np.float32)
    for row, index in zip(weights, settings.index, strict=True):
        generator = np.random.default_rng((seed, int(index)))
        if given.init_method == "uniform":
            row[:] = generator.uniform(-given.init_scale, given.init_scale, feature_dim)
        else:
            row[:] = generator.normal(0, given.init_sigma, feature_dim)
    return weights
