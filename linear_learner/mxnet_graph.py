"""MXNet's graph of a linear model (``-symbol.json``).

The built-in algorithm's graphs of a binary_classifier with logistic loss and of
a regressor with squared loss are known, and written as they are. Where no graph
of it is known, the operator is taken whose forward pass is the answer:
SoftmaxOutput for softmax_loss, LinearRegressionOutput, which passes on what
comes in, for hinge_loss and the other losses of a regressor.
"""

from typing import Any, Final

OUTPUTS: Final = {"logistic": "LogisticRegressionOutput", "softmax_loss": "SoftmaxOutput"}
"""The last operator by the loss."""

_OTHER_OUTPUT: Final = "LinearRegressionOutput"
_BIAS_LR_MULT: Final = "10.0"
_MXNET_VERSION: Final = 10301


def linear_graph(features: int, outputs: int, loss: str) -> dict[str, Any]:
    """Return the graph of ``output(dot(data, fc0_weight) + fc0_bias)``.

    Parameters
    ----------
    features, outputs
        The shape of the weights.
    loss
        The hyperparameter of the same name.
    """
    operator = OUTPUTS.get(loss, _OTHER_OUTPUT)
    bias = {"__lr_mult__": _BIAS_LR_MULT, "__shape__": f"(1, {outputs})"}
    nodes = [
        _node("null", "data"),
        _node("null", "fc0_weight", attrs={"__shape__": f"({features}, {outputs})"}),
        _node("dot", "dot0", 0, 1),
        _node("null", "fc0_bias", attrs=bias),
        _node("broadcast_add", "broadcast_plus0", 2, 3),
        _node("null", "out_label"),
        _node(operator, f"{operator.lower()}0", 4, 5),
    ]
    return {
        "nodes": nodes,
        "arg_nodes": [i for i, node in enumerate(nodes) if node["op"] == "null"],
        "node_row_ptr": list(range(len(nodes) + 1)),
        "heads": [[len(nodes) - 1, 0, 0]],
        "attrs": {"mxnet_version": ["int", _MXNET_VERSION]},
    }


def _node(
    operator: str, name: str, *inputs: int, attrs: dict[str, str] | None = None
) -> dict[str, Any]:
    described = {} if attrs is None else {"attrs": attrs}
    return {"op": operator, "name": name, **described, "inputs": [[i, 0, 0] for i in inputs]}
