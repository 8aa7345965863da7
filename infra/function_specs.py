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


FUNCTIONS: Final[Mapping[str, FunctionSpec]] = {
    # Imports pydantic and answers: half a processor, for the cold start.
    "CheckInput": FunctionSpec("lambdas.check_input.handler.handler", 512, 30),
    # Streams in parts: the network decides. A dataset of 1 GB passes in about half a minute.
    "Ingest": FunctionSpec("lambdas.ingest.handler.handler", 1024, 900),
    # All of MNIST peaks under 1 GB: 445 MB while unpickling, then the float32 arrays.
    "Prepare": FunctionSpec("lambdas.prepare.handler.handler", 1769, 300),
    # Compares two numbers.
    "Judge": FunctionSpec("lambdas.judge.handler.handler", 512, 30),
    # 31 MB of test records, several requests of 5 MB in flight; the endpoint decides.
    "Evaluate": FunctionSpec("lambdas.evaluate.handler.handler", 1769, 900),
    # Replays 100 records; never waits for the endpoint.
    "Promote": FunctionSpec("lambdas.promote.handler.handler", 512, 60),
    # Lists and deletes by name; never waits for what AWS still holds.
    "Collect": FunctionSpec("lambdas.collect.handler.handler", 512, 300),
    # The one that waits: the stack's roles may go only after its endpoints.
    "CollectOnDelete": FunctionSpec("lambdas.collect.on_delete.handler", 512, 900),
}
