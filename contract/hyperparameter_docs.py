"""The page on hyperparameters, as the docs show it.

``python -m contract.hyperparameter_docs > docs/hyperparameters.md`` renews it.
"""

import sys
from dataclasses import MISSING, fields
from typing import Final

from contract.hyperparameter_rule import Rule, spelled
from contract.hyperparameter_table import LOSSES, TABLE, Hyperparameters

_HEAD: Final = """\
# Hyperparameters

Of `linear_learner/`, as of the built-in Linear Learner: names, ranges and defaults are those of
Amazon's [Developer Guide](https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html).
All values are strings. `True` and `False` do as well as `true` and `false`.

What is unknown, impossible or would not be read fails the job before it reads any data, with name,
value and what is allowed; the built-in ignores what it does not read. A default is admitted
anywhere, `auto` too: it changes nothing. A tuning job adds `_tuning_objective_metric`; its jobs
train one model, whatever `num_models` says.

| name | allowed | default | meaning | read only with |
|---|---|---|---|---|
"""

_LOSSES: Final = """
The losses of each `predictor_type`; `auto` is the first:

"""


def render() -> str:
    """Return the page as Markdown."""
    rows = "".join(_row(name, rule) for name, rule in TABLE.items())
    losses = "".join(
        f"- {predictor}: {', '.join(f'`{loss}`' for loss in of_it)}\n"
        for predictor, of_it in LOSSES.items()
    )
    return _HEAD + rows + _LOSSES + losses


_DEFAULTS: Final = {
    declared.name: declared.default
    for declared in fields(Hyperparameters)
    if declared.default is not MISSING and declared.default is not None
}


def _row(name: str, rule: Rule) -> str:
    conditions = ", ".join(
        f"{other} {' or '.join(map(spelled, values))}" for other, values in rule.only_with.items()
    )
    cells = (f"`{name}`", rule.allowed, _default(name, rule), rule.summary, conditions)
    return f"| {' | '.join(cells)} |\n"


def _default(name: str, rule: Rule) -> str:
    if rule.required:
        return "required"
    if "auto" in rule.words and name != "positive_example_weight_mult":
        return "auto"
    return spelled(_DEFAULTS[name]) if name in _DEFAULTS else ""


if __name__ == "__main__":
    sys.stdout.write(render())
