"""The rows of a CSV through the live endpoint."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from cli.aws import Aws
from cli.errors import CliError, error_code, error_message
from contract.inference import MAXIMUM_BODY_BYTES

_HTTP_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file that holds features."""

    number: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the endpoint answers to a row."""

    row: int
    score: float
    label: int


def read_rows(path: Path) -> Iterator[Row]:
    """Read a CSV line by line: features only, no header; blank lines hold no row.

    Raises
    ------
    CliError
        If the file cannot be read, or one row alone is too large to send.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                text = line.strip()
                if len(text) >= MAXIMUM_BODY_BYTES:
                    raise CliError(
                        f"{path}, row {number}: {len(text)} bytes; "
                        f"a request holds less than {MAXIMUM_BODY_BYTES}"
                    )
                if text:
                    yield Row(number, text)
    except OSError as error:
        raise CliError(f"cannot read {path}: {error.strerror}") from error


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Gather rows into requests as large as an endpoint admits."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        if batch and size + len(row.text) + 1 > MAXIMUM_BODY_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row.text) + 1
    if batch:
        yield batch


def predict(aws: Aws, endpoint: str, path: Path) -> Iterator[Prediction]:
    """Send every row of a CSV to an endpoint.

    Raises
    ------
    CliError
        If the endpoint is missing, or refuses a row: then with the row and
        the endpoint's reason.
    """
    for batch in batches(read_rows(path)):
        try:
            answer = _invoke(aws, endpoint, batch)
        except ClientError as error:
            if _is_missing(error):
                raise CliError(
                    f"there is no live endpoint {endpoint!r}: "
                    "an execution that is promoted makes it"
                ) from error
            if not _is_refusal(error):
                raise
            raise _refused_row(aws, endpoint, path, batch) from error
        yield from _match(batch, answer, endpoint)


def _invoke(aws: Aws, endpoint: str, batch: list[Row]) -> list[Any]:
    answer = aws.sagemaker_runtime.invoke_endpoint(
        EndpointName=endpoint,
        Body=b"\n".join(row.text for row in batch),
        ContentType="text/csv",
        Accept="application/json",
    )
    return json.loads(answer["Body"].read())["predictions"]


def _match(batch: list[Row], answer: list[Any], endpoint: str) -> Iterator[Prediction]:
    if len(answer) != len(batch):
        raise CliError(
            f"endpoint {endpoint!r} answered {len(answer)} predictions to {len(batch)} rows"
        )
    for row, prediction in zip(batch, answer, strict=True):
        yield Prediction(row.number, prediction["score"], prediction["predicted_label"])


def _refused_row(aws: Aws, endpoint: str, path: Path, batch: list[Row]) -> CliError:
    """Find the first row that the endpoint refuses, by halves: its answer names none."""
    while len(batch) > 1:
        half = batch[: len(batch) // 2]
        batch = half if _refusal(aws, endpoint, half) else batch[len(half) :]
    reason = _refusal(aws, endpoint, batch) or "refused among others, but not alone"
    return CliError(f"{path}, row {batch[0].number}: {reason}")


def _refusal(aws: Aws, endpoint: str, batch: list[Row]) -> str | None:
    """Return why the endpoint refuses these rows, or None if it does not."""
    try:
        _invoke(aws, endpoint, batch)
    except ClientError as error:
        if not _is_refusal(error):
            raise
        return str(error.response.get("OriginalMessage") or error_message(error))
    return None


def _is_missing(error: ClientError) -> bool:
    return error_code(error) == "ValidationError" and "not found" in error_message(error)


def _is_refusal(error: ClientError) -> bool:
    status = error.response.get("OriginalStatusCode")
    return error_code(error) == "ModelError" and status == _HTTP_BAD_REQUEST
