"""Every function of the stack: its handler, its memory and its time, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """What a function runs and what it gets.

    Attributes
    ----------
    handler
        Dotted path of the handler in the bundle.
    memory_mb
        Memory; with it comes the processor: 1,769 MB is one whole.
    timeout_seconds
        After this an invocation is ended.
    """

    handler: str
    memory_mb: int
    timeout_seconds: int


# Measured with all of MNIST: the peak of the whole process and the seconds on one processor. Less
# than 512 MB would save nothing: with the memory goes the processor, and a cold start is imports.
FUNCTIONS: Final[Mapping[str, FunctionSpec]] = {
    # 63 MB, 0.01 s; 0.4 s of imports when cold.
    "CheckInput": FunctionSpec("lambdas.check_input.handler.handler", 512, 30),
    # 79 MB, 0.4 s: it streams, so the network decides, and the size of the dataset.
    "Ingest": FunctionSpec("lambdas.ingest.handler.handler", 1024, 900),
    # 441 MB, 2.4 s: the dataset as float32, twice while it is read. Room for four times MNIST.
    "Prepare": FunctionSpec("lambdas.prepare.handler.handler", 1769, 300),
    # 62 MB, 0.01 s: it compares two numbers.
    "Judge": FunctionSpec("lambdas.judge.handler.handler", 512, 30),
    # 143 MB, 0.7 s: 32 MB of test records and four requests in flight; the endpoint decides.
    "Evaluate": FunctionSpec("lambdas.evaluate.handler.handler", 1769, 900),
    # 98 MB, 0.3 s: 100 records to replay, for which an endpoint may take its 60 s, and retries.
    "Promote": FunctionSpec("lambdas.promote.handler.handler", 512, 300),
    # 80 MB, 0.3 s: it lists and deletes, a request a resource, and never waits.
    "Collect": FunctionSpec("lambdas.collect.handler.handler", 512, 300),
    # The one that waits, all that a function may: the roles may go only after the endpoints.
    "CollectOnDelete": FunctionSpec("lambdas.collect.on_delete.handler", 512, 900),
}
