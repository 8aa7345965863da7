"""Compiled functions: all at set-up, found again, and usable where nothing can be kept."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from linear_learner.compile_all import MODULES
from linear_learner.compiled import compiled
from tests.unit.linear_learner.samples import PROJECT

CALLS_NUMBA = re.compile(r"^(@|    return )(compiled|kernel)\(", re.MULTILINE)


def test_the_set_up_compiles_whatever_is_compiled() -> None:
    files = (PROJECT / "linear_learner").rglob("*.py")
    found = {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for path in files
        if CALLS_NUMBA.search(path.read_text())
    }
    assert found == set(MODULES)


def run(code: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_compiled_is_told_and_found_again(tmp_path: Path) -> None:
    load = """
import logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO)
from linear_learner.training.kernels.moments import add_squares
add_squares.compile()
"""
    where = {"NUMBA_CACHE_DIR": str(tmp_path)}
    assert "INFO:linear_learner:Compiled add_squares" in run(load, **where)
    assert run(load, **where) == ""


def test_functions_work_where_nothing_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "linear_learner")
    caching: Any = import_module("numba.core.caching")
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])

    @compiled("int64(int64)")
    def twice(x: int) -> int:
        return 2 * x

    assert twice(21) == 42
    assert "twice; no folder to keep it in is writable." in caplog.text


def test_train_starts_without_what_no_kernel_uses_and_leaves_no_trace_of_that() -> None:
    code = """
import sys
from linear_learner.startup import UNUSED, load_kernels
load_kernels()
assert "numba" in sys.modules
print([name for name in sys.modules if name.split(".")[0] in ("scipy", "cffi")])
import cffi, scipy.linalg.cython_blas
"""
    assert run(code) == "[]\n"


TWO_KERNELS = """
import numpy as np
from numba import types
from linear_learner.training.kernels.vectors import for_columns, kernel

MATRIX = types.float32[:, ::1]

def _adder(lanes):
    load, store = lanes.load, lanes.store
    def add(column, matrix, x):
        store(matrix, 0, column, load(matrix, 0, column) + x)
    return add

def _multiplier(lanes):
    load, store = lanes.load, lanes.store
    def multiply(column, matrix, x):
        store(matrix, 0, column, load(matrix, 0, column) * x)
    return multiply

_add, _multiply = for_columns(_adder), for_columns(_multiplier)

def make(name):
    if name == "add":
        @kernel(types.void(MATRIX, types.float32))
        def made(matrix, x):
            _add(matrix.shape[1], (matrix, x))
    else:
        @kernel(types.void(MATRIX, types.float32))
        def made(matrix, x):
            _multiply(matrix.shape[1], (matrix, x))
    row = np.full((1, 21), 3, np.float32)
    made(row, np.float32(4))
    return set(row.ravel().tolist())
"""


def test_kernels_that_two_processes_have_compiled_do_not_mix_in_a_third(tmp_path: Path) -> None:
    (tmp_path / "two_kernels.py").write_text(TWO_KERNELS)
    where = {"PYTHONPATH": f"{PROJECT}:{tmp_path}", "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert run("import two_kernels as t; print(t.make('add'))", **where) == "{7.0}\n"
    assert run("import two_kernels as t; print(t.make('multiply'))", **where) == "{12.0}\n"
    both = "import two_kernels as t; print(t.make('add'), t.make('multiply'))"
    assert run(both, **where) == "{7.0} {12.0}\n"
