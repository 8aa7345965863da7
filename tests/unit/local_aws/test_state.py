import stat
from pathlib import Path

from local_aws.state import write_atomically


def test_a_file_is_replaced_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")

    write_atomically(path, b"new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_killed_writer_has_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    (tmp_path / "secret.part").write_text("a longer half of something")

    write_atomically(path, b"whole")

    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]
