"""An execution shown from its start, or the middle, to its end."""

from rich.console import Console

from cli.aws import Aws
from cli.display import open_display
from cli.execution import await_execution
from cli.failure import print_failure
from cli.stack import Stack
from cli.watch import Observer, Snapshot, follow


def show_execution(console: Console, aws: Aws, stack: Stack, arn: str) -> Snapshot:
    """Show an execution until it has ended; of one that failed, also say why."""
    await_execution(aws, arn)
    observer = Observer(aws, stack, arn)
    with open_display(console) as display:
        snapshot = follow(observer, display)
    if not snapshot.execution.succeeded:
        print_failure(console, aws, stack, observer.machine, snapshot)
    return snapshot
