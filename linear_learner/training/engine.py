"""Many linear models, trained at once: slices of them, in a thread each."""

import numpy as np

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Doubles, Floats
from linear_learner.data.records import SparseRows
from linear_learner.data.source import Source
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.losses import Loss
from linear_learner.training.model_slice import ModelSlice, OrderedBlock, Task
from linear_learner.training.scaler import Scaler
from linear_learner.training.scheduler import Scheduler
from linear_learner.training.settings import ModelSettings
from linear_learner.training.slicing import slices_of
from linear_learner.training.threads import for_each


class ParallelModels:
    """Models of several settings that see the same batches.

    They are cut into slices of whole models, the same ones whatever the
    number of processors: so are the weights, bit for bit.

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
    steps_per_epoch
        Batches in one pass over the records.
    seed
        Of the first weights.
    averaging
        Whether the models are the means of all the iterates, and not the last.
    start
        Weights (features, outputs of a model) and bias of a model on raw features
        that all of them begin as; None: their weights are drawn.
    """

    def __init__(  # noqa: PLR0913 - `fit` alone calls it, and by name
        self,
        feature_dim: int,
        hyperparameters: Hyperparameters,
        settings: ModelSettings,
        *,
        loss: Loss,
        scaler: Scaler,
        class_weight: Floats,
        steps_per_epoch: int,
        seed: int,
        averaging: bool = False,
        start: tuple[Floats, Floats] | None = None,
    ) -> None:
        self._task = Task(
            feature_dim=feature_dim,
            given=hyperparameters,
            loss=loss,
            scaler=scaler,
            steps_per_epoch=steps_per_epoch,
            seed=seed,
            averaging=averaging,
            start=None if start is None else np.vstack(scaler.unfold(*start)),
        )
        self.scheduler = Scheduler(hyperparameters, settings, steps_per_epoch)
        self._models = slices_of(len(settings), self._task.outputs_per_model)
        self._slices = [
            ModelSlice(self._task, settings[models], class_weight[models])
            for models in self._models
        ]

    def train_epoch(self, source: Source, random: np.random.Generator) -> Doubles:
        """Pass over the records once.

        Parameters
        ----------
        source
            The training records.
        random
            Chooses the order of the blocks, and of the records of each.

        Returns
        -------
        Doubles
            Each model's mean loss, measured batch by batch before its step;
            shape (models,).
        """
        losses = [np.zeros(models.stop - models.start) for models in self._models]
        records = 0
        if source.feature_dim != self._task.feature_dim:
            # No compiled code looks at that again.
            raise ValueError(f"{source.feature_dim} features: expected {self._task.feature_dim}")
        for block in source.blocks(random):
            order = random.permutation(len(block))
            labels = self._task.scaler.normalised_labels(block.labels[order])
            only_touched = source.sparse and isinstance(block.features, SparseRows)
            ordered = OrderedBlock(block.features, order, labels, only_touched)
            for_each(
                list(zip(self._slices, losses, strict=True)),
                lambda work, ordered=ordered: work[0].train(ordered, work[1]),
            )
            records += len(block)
        return np.concatenate(losses) / records

    def penalties(self) -> Doubles:
        """Return what each model's weights, as they are now, add to its loss; shape (models,)."""
        return np.concatenate([models.penalties() for models in self._slices])

    def on_raw_features(self) -> LinearModels:
        """Return the models as they are now, with the normalisation folded in."""
        values = np.hstack([models.now() for models in self._slices])
        weights, bias = self._task.scaler.fold(values[:-1], values[-1])
        return LinearModels(weights, bias, self._task.outputs_per_model)
