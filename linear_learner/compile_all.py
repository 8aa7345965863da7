"""``python -m linear_learner.compile_all``: compile what is compiled, so that no job has to."""

from importlib import import_module
from typing import Final

from linear_learner.compiled import ALL

MODULES: Final = (
    "linear_learner.data.kernels.compressed_rows",
    "linear_learner.data.kernels.csv_rows",
    "linear_learner.data.kernels.sparse_records",
    "linear_learner.training.kernels.moments",
    "linear_learner.training.kernels.products",
    "linear_learner.training.kernels.updates",
    "linear_learner.training.losses",
)


def main() -> None:
    """Import every module whose functions are compiled, make every loss, and compile all."""
    for name in MODULES:
        import_module(name)
    import_module("linear_learner.training.losses").compile_losses()
    for function in ALL:
        function.compile()


if __name__ == "__main__":
    main()
