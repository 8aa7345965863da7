import os
from pathlib import Path

from local_aws.private_folder import open_private_folder


def test_the_folder_of_a_live_run_stays(tmp_path: Path) -> None:
    alive = open_private_folder(tmp_path)

    open_private_folder(tmp_path)

    assert alive.temporary.is_dir()


def test_the_folder_of_an_ended_run_is_removed_by_the_next(tmp_path: Path) -> None:
    ended = open_private_folder(tmp_path)
    (ended.temporary / "left").write_text("behind")
    os.close(ended.lock)

    next_run = open_private_folder(tmp_path)

    assert list((tmp_path / "runs").iterdir()) == [next_run.temporary.parent]
