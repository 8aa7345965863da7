"""The code of docs/library.md runs as it stands there, from top to bottom."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from linear_learner import estimator

LIBRARY = Path(__file__).parents[3] / "docs/library.md"


def test_the_code_of_the_docs_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", LIBRARY.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, LIBRARY.name, "exec"), names)  # noqa: S102 - the project's own
    assert [path.name for path in tmp_path.iterdir()] == ["model.tar.gz"]
    assert float(capsys.readouterr().out.splitlines()[0]) > 0.9
    assert names["stream"].score(names["X_test"], names["y_test"]) > 0.9
    assert names["blended"].score(names["X_test"], names["y_test"]) > 0.9


def test_the_docstring_shows_what_happens() -> None:
    results = doctest.testmod(estimator)
    assert results.attempted
    assert not results.failed
