"""The tables of docs/differs-from-aws.md: every row has its test, every correction its row."""

import re

import pytest

from local_aws.settings import CHECKOUT

TABLES = (CHECKOUT / "docs" / "differs-from-aws.md").read_text()
ROWS = [line for line in TABLES.splitlines() if line.startswith("| ") and "| test |" not in line]
CORRECTS = "What ministack does"
ADAPTER = CHECKOUT / "local_aws" / "ministack_adapter"


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_a_test_that_is_there(row: str) -> None:
    found = re.search(r"`(\S+)::(\w+)` \|$", row)

    assert found, f"no test in: {row}"
    assert f"def {found[2]}(" in (CHECKOUT / found[1]).read_text()


def test_every_module_that_corrects_has_a_row() -> None:
    """But for principals.py, by which the others ask."""
    correcting = [
        path for path in ADAPTER.glob("*.py") if "What ministack does" in path.read_text()
    ]

    missing = [path.name for path in correcting if f"`{path.name}`" not in TABLES]

    assert correcting
    assert missing == ["principals.py"], "principals.py serves the others"
