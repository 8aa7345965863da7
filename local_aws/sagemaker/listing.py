"""What all List operations share: filters, order and pages."""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.utils import parse_timestamp

from local_aws.platform import AwsError
from local_aws.sagemaker.resources import invalid
from local_aws.sagemaker.shapes import Wire

_DEFAULT_PAGE: Final = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a list: what it is filtered and sorted by, and its summary."""

    name: str
    created: datetime
    summary: Wire
    modified: datetime | None = None
    status: str = ""


def page(
    request: Mapping[str, Any], entries: Iterable[Entry], result: str, *, order: str
) -> dict[str, Any]:
    """Return the page of a list that a request asks for.

    Parameters
    ----------
    request
        The request of a List operation.
    entries
        All resources of the kind.
    result
        The response's member that takes the summaries.
    order
        The order if the request names none: ``Ascending`` or ``Descending``.

    Raises
    ------
    AwsError
        ``ValidationException`` for a token that this list did not give.
    """
    sort_by = request.get("SortBy", "CreationTime")
    descending = request.get("SortOrder", order) == "Descending"
    found = sorted(
        ((_sort_key(entry, sort_by), entry) for entry in entries if _admits(request, entry)),
        key=lambda pair: pair[0],
        reverse=descending,
    )
    # The token names the last entry given, not a count: a client that deletes
    # what it was shown would otherwise skip as many on the next page.
    if (token := request.get("NextToken")) is not None:
        last = _decode(token)
        found = [pair for pair in found if (pair[0] < last if descending else pair[0] > last)]
    size = request.get("MaxResults", _DEFAULT_PAGE)
    shown = found[:size]
    more = len(found) > size
    return {
        result: [entry.summary for _, entry in shown],
        "NextToken": _encode(shown[-1][0]) if more else None,
    }


def _admits(request: Mapping[str, Any], entry: Entry) -> bool:
    modified = entry.modified or entry.created
    return (
        request.get("NameContains", "").lower() in entry.name.lower()
        and request.get("StatusEquals", entry.status) == entry.status
        and _within(entry.created, request, "CreationTime")
        and _within(modified, request, "LastModifiedTime")
    )


def _within(moment: datetime, request: Mapping[str, Any], member: str) -> bool:
    after, before = request.get(f"{member}After"), request.get(f"{member}Before")
    return (after is None or moment >= _moment(after)) and (
        before is None or moment <= _moment(before)
    )


def _moment(stated: str) -> datetime:
    try:
        moment = parse_timestamp(stated)  # it takes epoch seconds as well
    except RuntimeError as error:  # a number that is no time: botocore's own choice
        raise AwsError("SerializationException", f"{stated} is not a time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sort_key(entry: Entry, sort_by: str) -> tuple[str, str]:
    chosen = {
        "Name": "",
        "CreationTime": entry.created.isoformat(timespec="microseconds"),
        "Status": entry.status,
    }[sort_by]
    return chosen, entry.name


def _encode(key: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _decode(token: str) -> tuple[str, str]:
    try:
        chosen, name = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise invalid("Invalid NextToken.") from error
    return str(chosen), str(name)
