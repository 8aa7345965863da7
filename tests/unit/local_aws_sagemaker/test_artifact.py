import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.sagemaker import artifact
from local_aws.sagemaker.artifact import ArtifactError, pack, unpack
from tests.unit.local_aws_sagemaker.conftest import archive


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(content)
    return path


def with_member(member: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(member, io.BytesIO(b"x" * member.size))
    return buffer.getvalue()


def test_what_is_packed_is_unpacked(tmp_path: Path) -> None:
    model = tmp_path / "model"
    (model / "deep").mkdir(parents=True)
    (model / "model_algo-1").write_bytes(b"weights")
    (model / "deep" / "more").write_bytes(b"more")
    pack(model, tmp_path / "model.tar.gz")
    unpack(tmp_path / "model.tar.gz", tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "model_algo-1").read_bytes() == b"weights"
    assert (tmp_path / "unpacked" / "deep" / "more").read_bytes() == b"more"


def test_the_same_files_give_the_same_archive(tmp_path: Path) -> None:
    archives: list[bytes] = []
    for moment in (0, 1_000_000_000):
        model = tmp_path / f"model-{moment}"
        model.mkdir()
        (model / "model_algo-1").write_bytes(b"weights")
        os.utime(model / "model_algo-1", (moment, moment))
        pack(model, tmp_path / f"{moment}.tar.gz")
        archives.append((tmp_path / f"{moment}.tar.gz").read_bytes())
    assert archives[0] == archives[1]


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "a/../../outside"])  # noqa: S108
def test_a_member_does_not_get_outside(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "here" / "model"
    path = written(tmp_path, archive({name: b"x"}))
    if name.startswith("/"):  # made relative, as tar does it
        unpack(path, folder)
        assert (folder / name[1:]).read_bytes() == b"x"
    else:
        with pytest.raises(ArtifactError, match="outside"):
            unpack(path, folder)
    assert not (tmp_path / "here" / "outside").exists()


@pytest.mark.parametrize(
    ("kind", "target"),
    [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "../../x"), (tarfile.CHRTYPE, "")],
)
def test_links_to_the_outside_and_devices_are_refused(
    tmp_path: Path, kind: bytes, target: str
) -> None:
    member = tarfile.TarInfo("member")
    member.type, member.linkname = kind, target
    with pytest.raises(ArtifactError, match="cannot be unpacked"):
        unpack(written(tmp_path, with_member(member)), tmp_path / "model")


@pytest.mark.parametrize("content", [b"", b"no gzip", archive({"a": b"x" * 99999})[:-30]])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArtifactError, match="cannot be unpacked"):
        unpack(written(tmp_path, content), tmp_path / "model")


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, "MOST_BYTES", 1000)
    content = archive({"first": b"0" * 900, "second": b"0" * 200})
    with pytest.raises(ArtifactError, match="more than"):
        unpack(written(tmp_path, content), tmp_path / "model")
    assert not (tmp_path / "model" / "second").exists()


def _link_to_nothing() -> bytes:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.LNKTYPE, "nothing"
    return with_member(link)


def _name_with_null() -> bytes:
    member = tarfile.TarInfo("name")
    member.pax_headers = {"path": "a\0b"}
    return with_member(member)


@pytest.mark.parametrize("malformed", [_link_to_nothing, _name_with_null])
def test_members_that_are_none_are_refused(tmp_path: Path, malformed: Callable[[], bytes]) -> None:
    with pytest.raises(ArtifactError, match="cannot be unpacked"):
        unpack(written(tmp_path, malformed()), tmp_path / "model")
