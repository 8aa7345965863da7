import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local_aws.sagemaker import container
from local_aws.sagemaker.container import LONGEST_LINE, Container
from local_aws.settings import CHECKOUT
from tests.unit.local_aws_sagemaker.surroundings import until

STARTER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from local_aws.sagemaker.container import Container

    root = Path(sys.argv[1])
    Container("tests.unit.local_aws_sagemaker.program", "train", root, {}, print)
    time.sleep(600)
    """
)


def processes_with(word: str) -> list[int]:
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        try:
            if word in (folder / "environ").read_text(errors="replace"):
                found.append(int(folder.name))
        except (OSError, ValueError):
            continue
    return found


def test_a_container_dies_with_its_starter_even_if_that_is_killed(tmp_path: Path) -> None:
    config = tmp_path / "input" / "config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text('{"behaviour": "stubborn"}')
    (config / "inputdataconfig.json").write_text("{}")
    own = f"SAGEMAKER_BASE_DIR={tmp_path}"
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: len(processes_with(own)) == 2, "the launcher and the program run")
        os.kill(starter.pid, signal.SIGKILL)
        until(lambda: not processes_with(own), "both are gone")
    finally:
        starter.kill()
        starter.wait()


def test_output_without_lines_comes_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "endless.py").write_text("import os; os.write(1, b'\\xff' * 40_000 + b'\\nend')")
    monkeypatch.setattr(container, "CHECKOUT", tmp_path)
    lines: list[str] = []

    running = Container("endless", "train", tmp_path, {}, lines.append)

    assert running.wait(20) == 0
    assert [len(line) for line in lines] == [
        LONGEST_LINE,
        LONGEST_LINE,
        40_000 - 2 * LONGEST_LINE,
        3,
    ]
