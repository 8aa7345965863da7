"""The results of an execution, fetched into a folder."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.aws import Aws
from cli.errors import CliError, error_code, is_denied
from cli.execution import Execution, describe_execution
from cli.history import HistoryReader, Timeline
from cli.stack import Stack
from contract.evaluation import Evaluation
from contract.execution_output import ExecutionOutput
from contract.names import confusion_matrix_key, evaluation_key

LATEST: Final = Path("out/latest")
EVALUATION_FILE: Final = "evaluation.json"
CONFUSION_MATRIX_FILE: Final = "confusion_matrix.csv"
EXECUTION_FILE: Final = "execution.json"
_STAGED: Final = ".fetched-"
_FILES: Final = (EVALUATION_FILE, CONFUSION_MATRIX_FILE, EXECUTION_FILE)


@dataclass(frozen=True, slots=True)
class Results:
    """What an execution came to.

    Attributes
    ----------
    seconds
        The seconds in each state, in the order in which they were entered.
    evaluation
        None if the execution ended before a model was judged.
    files
        What belongs in the folder, by name.
    """

    execution: Execution
    seconds: dict[str, float]
    evaluation: Evaluation | None
    files: dict[str, bytes]

    @property
    def output(self) -> ExecutionOutput | None:
        """The output of the execution; None unless it SUCCEEDED."""
        text = self.execution.output
        return ExecutionOutput.model_validate_json(text) if text else None


def fetch_results(aws: Aws, stack: Stack, arn: str) -> Results:
    """Fetch the results of an execution that has ended.

    Raises
    ------
    CliError
        If it has not ended, or if one that SUCCEEDED has left no evaluation.
    """
    execution = describe_execution(aws, arn)
    if execution.stopped is None:
        raise CliError(
            f"execution {execution.name} is {execution.status}: "
            f"follow it with 'python -m cli watch {execution.name}'"
        )
    timeline = Timeline()
    timeline.extend(HistoryReader(aws, arn).read())
    seconds = timeline.seconds(execution.stopped)
    files = _fetch_files(aws, stack, execution) | {EXECUTION_FILE: _render(execution, seconds)}
    evaluation = files.get(EVALUATION_FILE)
    return Results(
        execution=execution,
        seconds=seconds,
        evaluation=Evaluation.model_validate_json(evaluation) if evaluation else None,
        files=files,
    )


def _fetch_files(aws: Aws, stack: Stack, execution: Execution) -> dict[str, bytes]:
    folder = execution.names(stack).folder
    keys = {
        EVALUATION_FILE: evaluation_key(folder),
        CONFUSION_MATRIX_FILE: confusion_matrix_key(folder),
    }
    files: dict[str, bytes] = {}
    for name, key in keys.items():
        content = _fetch(aws, stack, key)
        if content is not None:
            files[name] = content
        elif execution.succeeded:
            raise CliError(
                f"s3://{stack.bucket}/{key} is missing or forbidden, "
                f"though execution {execution.name} SUCCEEDED"
            )
    return files


def save_results(results: Results, folder: Path) -> None:
    """Put the files of one execution into a folder, in the place of another's.

    All of them are on the disk before the first takes its place, and
    ``execution.json`` is the first to go and the last to come: where it is, the
    files beside it belong to it. No other file in the folder is touched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for abandoned in folder.glob(f"{_STAGED}*"):
        shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_STAGED) as fetched:
        for name, content in results.files.items():
            (Path(fetched) / name).write_bytes(content)
        (folder / EXECUTION_FILE).unlink(missing_ok=True)
        for name in _FILES:
            if name in results.files:
                (Path(fetched) / name).replace(folder / name)
            else:
                (folder / name).unlink(missing_ok=True)


def _render(execution: Execution, seconds: dict[str, float]) -> bytes:
    stopped = execution.stopped or execution.started
    document: dict[str, Any] = {
        "arn": execution.arn,
        "name": execution.name,
        "status": execution.status,
        "started": execution.started.isoformat(timespec="milliseconds"),
        "stopped": stopped.isoformat(timespec="milliseconds"),
        "seconds": round((stopped - execution.started).total_seconds(), 3),
        "states": {state: round(value, 3) for state, value in seconds.items()},
        "input": json.loads(execution.input),
    }
    if execution.output is not None:
        document["output"] = json.loads(execution.output)
    if not execution.succeeded:
        document |= {"error": execution.error, "cause": execution.cause}
    return (json.dumps(document, indent=2) + "\n").encode()


def _fetch(aws: Aws, stack: Stack, key: str) -> bytes | None:
    """Read an object; None if it is missing, which looks forbidden to who may not list."""
    try:
        return aws.s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) == "NoSuchKey" or is_denied(error):
            return None
        raise
