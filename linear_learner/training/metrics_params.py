"""What a model was trained with, as far as its artifact keeps it."""

from typing import Any

from contract.hyperparameters import Hyperparameters
from linear_learner.arrays import Floats
from linear_learner.training.losses import parameter_of


def metrics_params(given: Hyperparameters, class_weight: Floats) -> dict[str, Any]:
    """Return the attributes of `LinearModel` that predictor and loss have a use for.

    Parameters
    ----------
    given
        The job's.
    class_weight
        What a record of each class counted for the model, shape (classes,).
    """
    params: dict[str, Any] = {}
    if given.predictor_type != "regressor":
        params |= {"f_beta": given.f_beta, "accuracy_top_k": given.accuracy_top_k}
    if given.predictor_type == "binary_classifier":
        params["positive_example_weight_mult"] = float(class_weight[1])
    if given.balance_multiclass_weights:
        params["class_weights"] = tuple(float(weight) for weight in class_weight)
    parameter = parameter_of(given.loss)
    if parameter is not None:
        # What it is called there is the hyperparameter's own name.
        params[parameter] = getattr(given, parameter)
    if given.loss.startswith("eps_insensitive"):
        params["eps_insensitive_loss_type"] = given.loss
    return params
