"""The code of README.md and docs/library.md runs as it stands there, from top to bottom."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from linear_learner import estimator

PROJECT = Path(__file__).parents[3]


def run_blocks(document: Path) -> dict[str, Any]:
    """Run a document's blocks of Python one after the other, and return their names."""
    names: dict[str, Any] = {}
    for block in re.findall(
        r"^```python\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL
    ):
        exec(compile(block, document.name, "exec"), names)  # noqa: S102 - the project's own
    return names


def test_the_code_of_the_docs_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run_blocks(PROJECT / "docs/library.md")
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar.gz"]
    assert float(capsys.readouterr().out.splitlines()[0]) > 0.9
    for name in ("careful", "blended", "stream", "loaded"):
        assert names[name].score(names["X_test"], names["y_test"]) > 0.85, name


def test_the_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = run_blocks(PROJECT / "README.md")
    assert names["learner"].score(names["X"], names["y"]) > 0.95
    assert (tmp_path / "model.tar.gz").is_file()


def test_the_docstring_shows_what_happens() -> None:
    results = doctest.testmod(estimator)
    assert results.attempted
    assert not results.failed
