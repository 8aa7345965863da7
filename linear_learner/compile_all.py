"""``python -m linear_learner.compile_all``: compile what is compiled, so that no job has to."""

from importlib import import_module
from typing import Final

MODULES: Final = (
    "linear_learner.data.kernels.compressed_rows",
    "linear_learner.data.kernels.csv_rows",
    "linear_learner.data.kernels.sparse_records",
    "linear_learner.data.kernels.united_columns",
    "linear_learner.training.kernels.moments",
    "linear_learner.training.kernels.products",
    "linear_learner.training.kernels.updates",
    "linear_learner.training.losses",
)


def main() -> None:
    """Import every module whose functions are compiled at that, and compile every loss."""
    for name in MODULES:
        import_module(name)
    import_module("linear_learner.training.losses").compile_losses()


if __name__ == "__main__":
    main()
