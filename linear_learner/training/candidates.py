"""The models that are trained side by side, and what they are made of."""

from typing import Final

from contract.hyperparameters import Hyperparameters
from linear_learner.data.source import Source
from linear_learner.data.streamed import HEAD_BYTES
from linear_learner.model import LinearModel
from linear_learner.selection.class_weights import class_weights, count_classes
from linear_learner.training.engine import ParallelModels
from linear_learner.training.linear_models import LinearModels
from linear_learner.training.losses import make_loss
from linear_learner.training.metrics_params import metrics_params
from linear_learner.training.scaler import fit_scaler
from linear_learner.training.scheduler import STEP_OF_SHORT_EPOCHS
from linear_learner.training.settings import grid

DIVERGED: Final = (
    "training diverged: no model's loss is finite; "
    "expected features and labels of a smaller range, or a smaller learning_rate"
)


class Candidates:
    """Models of which one is to be chosen.

    Parameters
    ----------
    train
        Records that tell the normalisation and the weights of the classes.
    given
        The job's hyperparameters.
    seed
        Of the first weights.
    averaging
        Whether a model is the mean of all its iterates, and not the last one,
        and small deviations are floored; see `fit_scaler`.
    start
        A model that all of them begin as; None: their weights are drawn.

    Attributes
    ----------
    given
        The same.
    settings
        What the models have not in common.
    class_weight
        What a record of each class counts, shape (models, classes).
    loss
        What is minimised, of labels as they are.
    engine
        Trains the models.
    """

    def __init__(
        self,
        train: Source,
        given: Hyperparameters,
        *,
        seed: int,
        averaging: bool,
        start: LinearModel | None = None,
    ) -> None:
        scaler = fit_scaler(train, given, floored=averaging)
        loss = make_loss(given)
        counts = count_classes(train, given)
        self.given = given
        self.settings = grid(
            given,
            0.5 if counts is None else float(counts[-1] / counts.sum()),
            parameters=(train.feature_dim + 1) * given.outputs_per_model,
        )
        self.class_weight = class_weights(given, self.settings.positive_weight, counts)
        # Models are judged in units of the label, as published logs of the built-in show it.
        self.loss = loss.on_labels_times(1 / scaler.label_factor)
        self.engine = ParallelModels(
            train.feature_dim,
            given,
            self.settings,
            loss=loss,
            scaler=scaler,
            class_weight=self.class_weight,
            steps_per_epoch=steps_per_epoch(train, given),
            seed=seed,
            averaging=averaging,
            start=None if start is None else (start.weights, start.bias),
        )

    def choose(
        self,
        models: LinearModels,
        chosen: int,
        threshold: float,
        *,
        weighed_as: int | None = None,
    ) -> LinearModel:
        """Return one of the models as they were at some time.

        Parameters
        ----------
        models, chosen
            All of them, or a blend of them, and which it is.
        threshold
            The least score that is a yes.
        weighed_as
            The model whose weights of the classes it was trained with; by
            default, its own.
        """
        k = self.given.outputs_per_model
        columns = slice(chosen * k, (chosen + 1) * k)
        weights = self.class_weight[chosen if weighed_as is None else weighed_as]
        return LinearModel(
            weights=models.weights[:, columns].copy(),
            bias=models.bias[columns].copy(),
            predictor_type=self.given.predictor_type,
            loss_type=self.given.loss,
            threshold=threshold,
            **metrics_params(self.given, weights),
        )


def steps_per_epoch(train: Source, given: Hyperparameters) -> int:
    """Count an epoch's batches, as far as it matters: up to where an epoch is no short one."""
    enough = STEP_OF_SHORT_EPOCHS * given.mini_batch_size
    head = train.head(enough)
    # A head of wide records that are streamed may be cut: then there are many.
    records = enough if head.nbytes >= HEAD_BYTES else len(head)
    return -(-records // given.mini_batch_size)
