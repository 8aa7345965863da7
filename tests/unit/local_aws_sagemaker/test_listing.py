from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.platform import AwsError
from local_aws.sagemaker.listing import Entry, page

START = datetime(2026, 1, 1, tzinfo=UTC)


def entry(number: int, status: str = "InService") -> Entry:
    name = f"name-{number:03d}"
    created = START + timedelta(minutes=number)
    modified = created + timedelta(days=1)
    return Entry(name, created, {"Name": name}, modified, status)


def names(response: dict[str, Any]) -> list[str]:
    return [summary["Name"] for summary in response["Items"]]


def listed(entries: list[Entry], **request: object) -> list[str]:
    """Return the names on all pages."""
    found: list[str] = []
    token = None
    while True:
        response = page(
            {**request, **({"NextToken": token} if token else {})},
            entries,
            "Items",
            order="Descending",
        )
        found += names(response)
        token = response["NextToken"]
        if token is None:
            return found


@given(
    count=st.integers(0, 40),
    size=st.integers(1, 15),
    sort_by=st.sampled_from(["Name", "CreationTime", "Status"]),
    order=st.sampled_from(["Ascending", "Descending"]),
)
def test_the_pages_together_are_the_list_in_order(
    count: int, size: int, sort_by: str, order: str
) -> None:
    entries = [entry(number) for number in range(count)]
    found = listed(entries, MaxResults=size, SortBy=sort_by, SortOrder=order)
    expected = [item.name for item in entries]
    assert found == (expected if order == "Ascending" else expected[::-1])


def test_the_latest_come_first_ten_a_page() -> None:
    response = page({}, [entry(number) for number in range(12)], "Items", order="Descending")
    assert names(response) == [f"name-{number:03d}" for number in range(11, 1, -1)]


def test_a_client_that_deletes_what_it_was_shown_misses_nothing() -> None:
    entries = [entry(number) for number in range(4)]
    first = page({"MaxResults": 2}, entries, "Items", order="Ascending")
    rest = page({"NextToken": first["NextToken"]}, entries[2:], "Items", order="Ascending")
    assert names(rest) == ["name-002", "name-003"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"NameContains": "E-00"}, [0, 1, 2, 3]),
        ({"NameContains": "002"}, [2]),
        ({"StatusEquals": "Failed"}, [3]),
        ({"CreationTimeAfter": (START + timedelta(minutes=2)).timestamp()}, [2, 3]),
        ({"CreationTimeBefore": (START + timedelta(minutes=1)).isoformat()}, [0, 1]),
        ({"LastModifiedTimeAfter": (START + timedelta(days=1, minutes=3)).timestamp()}, [3]),
        ({"LastModifiedTimeBefore": START.timestamp()}, []),
    ],
)
def test_filters(request_: dict[str, Any], expected: list[int]) -> None:
    entries = [entry(0), entry(1), entry(2), entry(3, status="Failed")]
    response = page(request_, entries, "Items", order="Ascending")
    assert names(response) == [f"name-{number:03d}" for number in expected]


def test_a_number_that_is_no_time_is_refused() -> None:
    with pytest.raises(AwsError, match="1e\\+20 is not a time"):
        page({"CreationTimeAfter": 1e20}, [entry(0)], "Items", order="Ascending")


@pytest.mark.parametrize("token", ["no token", "bm8=", "WzEsIDIsIDNd", "MTIz"])
def test_a_token_of_somebody_else_is_refused(token: str) -> None:
    with pytest.raises(AwsError, match="Invalid NextToken"):
        page({"NextToken": token}, [], "Items", order="Ascending")
