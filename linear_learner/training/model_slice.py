"""Some of the models that are trained at once: those that one thread trains together."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats, Indices
from linear_learner.data.records import Features
from linear_learner.training.buffers import aligned_zeros
from linear_learner.training.losses import Loss
from linear_learner.training.optimizers import Gradient, Weights, make_optimizer
from linear_learner.training.products import Scaling
from linear_learner.training.scaler import Scaler
from linear_learner.training.scheduler import Scheduler
from linear_learner.training.settings import ModelSettings


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What all the models of a job have in common.

    Attributes
    ----------
    feature_dim
        Number of features of a record.
    given
        The job's hyperparameters.
    loss, scaler
        What is minimised, and what is done to a record before.
    steps_per_epoch
        Batches in one pass over the records.
    seed
        Of the first weights.
    averaging
        Whether the models are the means of all the iterates, and not the last.
    start
        The values that all of them begin with, on scaled features, shape
        (features + 1, outputs_per_model); None: they are drawn.
    """

    feature_dim: int
    given: Hyperparameters
    loss: Loss
    scaler: Scaler
    steps_per_epoch: int
    seed: int
    averaging: bool
    start: Floats | None

    @property
    def outputs_per_model(self) -> int:
        """1, or the number of classes."""
        return self.given.outputs_per_model


@dataclass(frozen=True, slots=True, eq=False)
class OrderedBlock:
    """Records to train on, and the order in which that is done.

    Attributes
    ----------
    features
        As they lie.
    order
        The rows of the features, shape (records,).
    labels
        In this order and normalised, shape (records,).
    only_touched
        Whether features that are 0 throughout a batch are left alone.
    """

    features: Features
    order: Indices
    labels: Floats
    only_touched: bool

    def batches(self, size: int) -> Iterator[tuple[Indices, Floats]]:
        """Cut it into mini-batches: their rows and their labels."""
        for start in range(0, len(self.order), size):
            yield self.order[start : start + size], self.labels[start : start + size]


class ModelSlice:
    """Models that are trained together, without a look at any other's.

    Parameters
    ----------
    task, settings
        What they have in common with all models, and what not.
    class_weight
        What a record of each class counts, shape (models, classes).
    """

    def __init__(self, task: Task, settings: ModelSettings, class_weight: Floats) -> None:
        given = task.given
        self._task = task
        self._class_weight = class_weight
        self._scheduler = Scheduler(given, settings, task.steps_per_epoch)
        self._scaling = Scaling(task.feature_dim, task.scaler)
        values = _first_values(task, settings)
        self._weights = Weights(
            values,
            wd=self._by_column(settings.wd, given.bias_wd_mult),
            l1=self._by_column(settings.l1, 0),
            average=values.copy() if task.averaging else values[:0],
            drawn=task.start is None,
        )
        self._gradient = Gradient.of(*values.shape)
        self._optimizer = make_optimizer(given, self._weights)
        self._outputs = aligned_zeros(0, values.shape[1])
        self._rate = self._next_rate()

    def train(self, block: OrderedBlock, losses: Doubles) -> None:
        """Train on a block of records.

        Parameters
        ----------
        block
            Any number of batches.
        losses
            Shape (models,): each model's losses, measured batch by batch
            before its step, are added to it.
        """
        size = min(self._task.given.mini_batch_size, len(block.order))
        products = self._scaling.products(block.features, size)
        if block.only_touched:
            self._gradient.touch_only_the_bias()
        else:
            self._gradient.touch_everything()
        if size > len(self._outputs):
            self._outputs = aligned_zeros(size, self._outputs.shape[1])
        weights, gradient = self._weights, self._gradient
        for rows, labels in block.batches(size):
            outputs = self._outputs[: len(rows)]
            products.forward(rows, weights.values, outputs)
            self._task.loss.gradient(outputs, labels, self._class_weight, losses)
            products.backward(rows, outputs, gradient)
            if self._scheduler.changes(weights.steps):
                self._rate = self._next_rate()
            weights.steps += 1
            self._optimizer(weights, gradient, self._rate, len(rows))

    def now(self) -> Floats:
        """Return the weights on scaled features and, below, the bias: (features + 1, columns)."""
        return self._weights.now()

    def penalties(self) -> Doubles:
        """Return what each model's weights add to the loss that is minimised, shape (models,).

        That is ``wd / 2 * w**2 + l1 * abs(w)`` of the weights on scaled
        features, summed; the bias counts as `bias_wd_mult` says.
        """
        values, wd, l1 = self._weights.now(), self._weights.wd, self._weights.l1
        # Of a model that has diverged, it is infinite or not a number.
        with np.errstate(over="ignore", invalid="ignore"):
            columns = wd[0] / 2 * np.square(values[:-1]).sum(axis=0, dtype=np.float64)
            columns += l1[0] * np.abs(values[:-1]).sum(axis=0, dtype=np.float64)
            columns += wd[1] / 2 * np.square(values[-1])
        return columns.reshape(-1, self._task.outputs_per_model).sum(axis=1)

    def _next_rate(self) -> Floats:
        rate = self._scheduler.rate(self._weights.steps)
        given = self._task.given
        return self._by_column(rate, given.bias_lr_mult if given.use_bias else 0)

    def _by_column(self, of_models: Floats, bias_mult: float) -> Floats:
        """Return what models have for their features and for their bias, shape (2, columns)."""
        columns = np.repeat(of_models, self._task.outputs_per_model)
        return np.stack((columns, columns * np.float32(bias_mult)))


def _first_values(task: Task, settings: ModelSettings) -> Floats:
    """Draw each model's weights from its own stream: they do not depend on the other models."""
    given, outputs = task.given, task.outputs_per_model
    values = aligned_zeros(task.feature_dim + 1, len(settings) * outputs)
    if task.start is not None:
        values[:] = np.tile(task.start, len(settings))
        return values
    for model, index in enumerate(settings.index):
        random = np.random.default_rng((task.seed, int(index)))
        shape = task.feature_dim, outputs
        if given.init_method == "uniform":
            drawn = (2 * random.random(shape, np.float32) - 1) * np.float32(given.init_scale)
        else:
            drawn = random.standard_normal(shape, np.float32) * np.float32(given.init_sigma)
        values[:-1, model * outputs : (model + 1) * outputs] = drawn
    if task.scaler.factor is not None:
        # What gets no gradient would fade to denormal numbers, which are slow.
        values[:-1][task.scaler.factor == 0] = 0
    values[-1] = given.init_bias if given.use_bias else 0
    return values
