"""The results of an execution, printed: the confusion matrix beside the notebook's."""

from typing import Final

from rich.console import Console
from rich.table import Table

from cli.results import Results
from contract.evaluation import ConfusionMatrix, Evaluation
from contract.execution_input import ExecutionInput

NOTEBOOK_MATRIX: Final = ConfusionMatrix(labels=(0, 1), matrix=((8976, 44), (49, 931)))
"""What the notebook publishes of its own run on the 10,000 test images of MNIST."""

_NOTEBOOK_RECORDS: Final = 10_000
_NOTEBOOK_LABEL: Final = 0


def print_results(console: Console, results: Results) -> None:
    """Print what was measured, what the gates said of it, and where all of it is."""
    evaluation = results.evaluation
    if evaluation is None:
        console.print("no model was judged: the execution ended before Evaluate", style="yellow")
        return
    comparable = _is_notebooks_case(results, evaluation)
    console.print(_matrix_table(evaluation.confusion_matrix, comparable=comparable))
    console.print(_metrics_table(evaluation, comparable=comparable))
    latency = evaluation.latency_ms
    _say(
        console,
        "inference",
        f"{evaluation.dataset.records} records in {evaluation.seconds:.2f} s "
        f"({evaluation.records_per_second:,.0f} a second); {latency.requests} requests, "
        f"p50 {latency.p50:.0f} ms, p99 {latency.p99:.0f} ms",
    )
    _say(
        console,
        "threshold",
        f"between {_score(evaluation.highest_negative_score)} and "
        f"{_score(evaluation.lowest_positive_score)}",
    )
    _print_output(console, results)


def _print_output(console: Console, results: Results) -> None:
    output = results.output
    if output is None:
        return
    for verdict in output.verdicts:
        outcome = "passed" if verdict.passed else "failed"
        _say(console, f"{verdict.gate} gate", f"{outcome}: {'; '.join(verdict.reasons)}")
    _say(console, "endpoint", output.endpoint or "none: a rehearsal")
    _say(console, "evaluation", output.uris.evaluation)
    _say(console, "model", output.uris.model_artifact)


def _is_notebooks_case(results: Results, evaluation: Evaluation) -> bool:
    """Tell whether the numbers may stand beside the notebook's: its digit, its test images."""
    wanted = ExecutionInput.model_validate_json(results.execution.input).dataset.positive_label
    return evaluation.dataset.records == _NOTEBOOK_RECORDS and wanted in {None, _NOTEBOOK_LABEL}


def _matrix_table(confusion: ConfusionMatrix, *, comparable: bool) -> Table:
    table = Table(
        title="Confusion matrix (1: the digit to recognise, 0: any other)", title_justify="left"
    )
    table.add_column("actual")
    matrices = [("this execution", confusion)]
    if comparable:
        matrices.append(("notebook", NOTEBOOK_MATRIX))
    for whose, matrix in matrices:
        for label in matrix.labels:
            table.add_column(f"{whose}\npredicted {label}", justify="right")
    for index, label in enumerate(confusion.labels):
        cells = [str(count) for _, matrix in matrices for count in matrix.matrix[index]]
        table.add_row(str(label), *cells)
    return table


def _metrics_table(evaluation: Evaluation, *, comparable: bool) -> Table:
    table = Table(title="Metrics of class 1", title_justify="left")
    table.add_column("metric")
    table.add_column("this execution", justify="right")
    if comparable:
        table.add_column("notebook", justify="right")
    published = _ratios(NOTEBOOK_MATRIX)
    for name, value in evaluation.metrics.model_dump().items():
        row = [name, "none" if value is None else f"{value:.4f}"]
        if comparable:
            row.append(f"{published[name]:.4f}" if name in published else "")
        table.add_row(*row)
    return table


def _ratios(confusion: ConfusionMatrix) -> dict[str, float]:
    """Return the metrics that a binary confusion matrix alone tells."""
    (true_negative, false_positive), (false_negative, true_positive) = confusion.matrix
    right, wrong = true_negative + true_positive, false_negative + false_positive
    return {
        "accuracy": right / (right + wrong),
        "precision": true_positive / (true_positive + false_positive),
        "recall": true_positive / (true_positive + false_negative),
        "f1": 2 * true_positive / (2 * true_positive + wrong),
    }


def _score(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.6f}"


def _say(console: Console, word: str, text: str) -> None:
    console.print(f"{word:16}  {text}", soft_wrap=True)
