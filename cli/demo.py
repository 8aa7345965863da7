"""The whole of it on the embedded AWS: deploy, one execution on all of MNIST, the results.

``make demo`` runs it beside an embedded AWS of its own.
"""

from pathlib import Path
from typing import Final

from rich.console import Console

from cli.aws import Aws
from cli.cdk import Cdk
from cli.errors import FAILED, REFUSED, CliError
from cli.execution import start_execution
from cli.phases import Phases
from cli.report import print_results
from cli.results import LATEST, fetch_results, save_results
from cli.run import show_execution
from cli.stack import find_stack

_LOGS: Final = Path("out/demo")
_DEFAULT_CASE: Final = "{}"


def run_demo(console: Console, aws: Aws, stack_name: str) -> int:
    """Return the exit status: 0 only if the execution SUCCEEDED.

    Raises
    ------
    CliError
        If AWS itself would answer, and bill.
    """
    if aws.is_real:
        raise CliError(
            "demo is for the embedded AWS: run 'make demo'; "
            "for a real account there is 'python -m cli verify'",
            status=REFUSED,
        )
    console.print("on the embedded AWS: deploy, then one execution on all of MNIST", style="bold")
    phases = Phases(console)
    cdk = Cdk(console, aws, stack_name, _LOGS)
    with phases.phase("cdk bootstrap"):
        cdk.bootstrap()
    with phases.phase("cdk deploy"):
        cdk.deploy()
    with phases.phase("execution"):
        stack = find_stack(aws, stack_name)
        arn = start_execution(aws, stack, _DEFAULT_CASE, name=None)
        snapshot = show_execution(console, aws, stack, arn)
    with phases.phase("results"):
        results = fetch_results(aws, stack, arn)
        save_results(results, LATEST)
    print_results(console, results)
    phases.print_table()
    console.print(
        f"{snapshot.execution.status}; the results are in {LATEST}/, the logs in {_LOGS}/"
    )
    return 0 if snapshot.execution.succeeded else FAILED
