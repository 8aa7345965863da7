"""What holds for every notebook of this folder."""

import difflib

import pytest

from tests.notebook.runner import NOTEBOOKS, adapted

NAMES = sorted(path.stem for path in NOTEBOOKS.glob("linear_learner_*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_only_lines_that_say_session_role_or_region_differ(name: str) -> None:
    cells = (NOTEBOOKS / f"{name}.py").read_text()
    changed = [
        line[2:]
        for line in difflib.ndiff(cells.splitlines(), adapted(cells).splitlines())
        if line.startswith(("- ", "+ "))
    ]
    assert {line.split(" = ")[0] for line in changed} <= {"session", "role", "region"}
    assert changed
