"""The commands on a deployed stack: start, watch, results, predict."""

import csv
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from rich.console import Console

from cli.aws import Aws
from cli.errors import FAILED
from cli.execution import find_execution, start_execution
from cli.predict import Prediction, predict
from cli.report import print_results
from cli.results import fetch_results, save_results
from cli.run import show_execution
from cli.stack import Stack, find_stack
from cli.start import read_input


def start(
    console: Console,
    aws: Aws,
    stack_name: str,
    *,
    source: str | None,
    name: str | None,
    watched: bool,
) -> int:
    """Start an execution, and follow it if that is wanted; return the exit status."""
    execution_input = read_input(source)
    stack = find_stack(aws, stack_name)
    arn = start_execution(aws, stack, execution_input, name)
    console.print(f"started {arn}", soft_wrap=True)
    if (link := aws.execution_link(arn)) is not None:
        console.print(link, soft_wrap=True)
    return _watch(console, aws, stack, arn) if watched else 0


def watch(console: Console, aws: Aws, stack_name: str, *, execution: str | None) -> int:
    """Follow an execution to its end; return the exit status, 0 only if it SUCCEEDED."""
    stack = find_stack(aws, stack_name)
    return _watch(console, aws, stack, find_execution(stack, aws, execution))


def _watch(console: Console, aws: Aws, stack: Stack, arn: str) -> int:
    try:
        snapshot = show_execution(console, aws, stack, arn)
    except KeyboardInterrupt:
        console.print(
            "no longer watched; the execution goes on. Abort it with:\n"
            f"aws stepfunctions stop-execution --execution-arn {arn}",
            soft_wrap=True,
        )
        raise
    return 0 if snapshot.execution.succeeded else FAILED


def results(
    console: Console, aws: Aws, stack_name: str, *, execution: str | None, folder: Path
) -> int:
    """Fetch the results of an execution into a folder and print them; return the exit status."""
    stack = find_stack(aws, stack_name)
    fetched = fetch_results(aws, stack, find_execution(stack, aws, execution))
    save_results(fetched, folder)
    console.print(f"execution {fetched.execution.name} {fetched.execution.status}")
    print_results(console, fetched)
    console.print(f"{', '.join(sorted(fetched.files))} are in {folder}/", soft_wrap=True)
    return 0 if fetched.execution.succeeded else FAILED


def predict_file(aws: Aws, stack_name: str, *, path: Path, output: Path | None) -> int:
    """Write the predictions for the rows of a CSV to a file or to standard output."""
    stack = find_stack(aws, stack_name)
    predictions = predict(aws, stack.endpoint, path)
    if output is None:
        _write(sys.stdout, predictions)
        return 0
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".predictions-") as made:
        whole = Path(made) / output.name
        with whole.open("w", encoding="utf-8", newline="") as sink:
            _write(sink, predictions)
        whole.replace(output)
    return 0


def _write(sink: IO[str], predictions: Iterable[Prediction]) -> None:
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(["row", "score", "predicted_label"])
    for prediction in predictions:
        writer.writerow([prediction.row, prediction.score, prediction.label])
