"""model.tar.gz: what SageMaker leaves in S3 is read, and nothing else of it."""

import gzip
import io
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linear_learner import artifact, model_archive
from linear_learner.artifact import ArtifactError
from linear_learner.model import LinearModel
from linear_learner.model_archive import load_model, save_model
from tests.unit.linear_learner.real_artifact import BINARY, params, real

ARTIFACT = real(BINARY, params([("arg:fc0_weight", [[0.5], [-1.25]]), ("arg:fc0_bias", [[-0.75]])]))
MODEL = LinearModel(
    weights=np.array([[0.5], [-1.25]], np.float32),
    bias=np.array([-0.75], np.float32),
    threshold=0.03,
    predictor_type="binary_classifier",
    loss_type="logistic",
    f_beta=1.0,
    positive_example_weight_mult=1.0,
    accuracy_top_k=3,
)


def member(name: str, content: bytes = b"", **properties: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in properties.items():
        setattr(info, key, value)
    return info, content


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as file:
        for info, content in members:
            file.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def write(folder: Path, content: bytes, name: str = "model.tar.gz") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("name", ["model_algo-1", "./model_algo-1"])
def test_an_archive_of_sagemaker_is_read(tmp_path: Path, name: str, form: int) -> None:
    archive = tar(member("./", type=tarfile.DIRTYPE), member(name, ARTIFACT), form=form)
    model = load_model(write(tmp_path, gzip.compress(archive)))
    np.testing.assert_array_equal(model.weights, [[0.5], [-1.25]])
    np.testing.assert_array_equal(model.bias, [-0.75])
    assert model.threshold == 0.030055724084377289


def test_other_members_are_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    archive = tar(
        member("../outside", b"harm"),
        member(str(outside), b"harm"),
        member("model_algo-1.old", b"harm"),
        member("link", type=tarfile.SYMTYPE, linkname="/etc"),
        member("model_algo-1", ARTIFACT),
    )
    (tmp_path / "in").mkdir()
    path = write(tmp_path / "in", gzip.compress(archive))
    assert load_model(path).feature_dim == 2
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "in", path]


def test_a_folder_and_the_bare_artifact_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, ARTIFACT, "model_algo-1")
    assert load_model(path).feature_dim == load_model(tmp_path).feature_dim == 2


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_a_link_is_no_model(tmp_path: Path, kind: bytes) -> None:
    archive = tar(member("model_algo-1", linkname="/etc/passwd", type=kind))
    with pytest.raises(ArtifactError, match="model_algo-1: expected a regular file"):
        load_model(write(tmp_path, gzip.compress(archive)))


def test_a_member_that_claims_more_than_a_model_is_refused(tmp_path: Path) -> None:
    info, _ = member("model_algo-1")
    info.size = model_archive.MAXIMUM_BYTES + 1
    with pytest.raises(ArtifactError, match="at most 1,073,741,824 bytes"):
        load_model(write(tmp_path, gzip.compress(info.tobuf())))


def test_what_a_bomb_unpacks_to_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_archive, "LARGEST_ARCHIVE", 100_000)
    archive = tar(member("zeros", bytes(1_000_000)), member("model_algo-1", ARTIFACT))
    with pytest.raises(ArtifactError, match="at most 100,000 bytes, unpacked"):
        load_model(write(tmp_path, gzip.compress(archive)))


def many_members() -> bytes:
    """Return a zip of a model, behind more members than are looked at."""
    buffer = io.BytesIO(ARTIFACT)
    with zipfile.ZipFile(buffer, "a") as archive:
        for number in range(artifact.MOST_MEMBERS):
            archive.writestr(str(number), b"")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        many_members(),
        gzip.compress(tar(*[member("other")] * 1001, member("model_algo-1", ARTIFACT))),
    ],
    ids=["zip", "tar"],
)
def test_archives_of_very_many_members_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArtifactError, match="over 1000 members"):
        load_model(write(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither a tar.gz nor a model_algo-1"),
        (b"no gzip", "neither a tar.gz nor a model_algo-1"),
        (b"PK\3\4no zip", "not a whole zip"),
        (gzip.compress(b"no tar" * 200), "not a tar.gz"),
        (gzip.compress(tar(member("model_algo-1", ARTIFACT)))[:-300], "not a tar.gz"),
        (gzip.compress(tar(member("model", ARTIFACT))), "model_algo-1 is missing"),
        (gzip.compress(tar(member("model_algo-1", b"no zip"))), "not a whole zip"),
    ],
    # Of the content alone they would tell the time.
    ids=["empty", "no gzip", "cut zip", "no tar", "cut off", "another member", "no zip"],
)
def test_the_refusal_names_file_and_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(ArtifactError, match=rf"model\.tar\.gz: .*{reason}"):
        load_model(write(tmp_path, content))


@pytest.mark.parametrize("name", ["model.tar.gz", "model_algo-1", "other"])
def test_a_missing_file_is_said_to_be_missing(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArtifactError, match=f"{name}: No such file"):
        load_model(tmp_path / name)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2047), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_archive_is_refused_or_read(changes: list[tuple[int, int]]) -> None:
    content = bytearray(tar(member("model_algo-1", ARTIFACT)))
    for position, value in changes:
        content[position] = value
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), gzip.compress(bytes(content), compresslevel=1))
        try:
            assert load_model(path).feature_dim > 0
        except ArtifactError as error:
            assert str(path) in str(error)  # noqa: PT017 - both ends are right


@pytest.mark.parametrize("name", ["model.tar.gz", "model_algo-1", "other.tgz", "other"])
def test_a_model_is_written_and_read(tmp_path: Path, name: str) -> None:
    path = save_model(MODEL, tmp_path / name)
    read = load_model(path)
    assert path == tmp_path / name
    np.testing.assert_array_equal(read.weights, MODEL.weights)
    assert (read.threshold, read.predictor_type) == (0.03, "binary_classifier")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_folder_gets_the_bare_artifact(tmp_path: Path) -> None:
    assert save_model(MODEL, tmp_path) == tmp_path / "model_algo-1"


def test_the_same_model_is_the_same_bytes(tmp_path: Path) -> None:
    first = save_model(MODEL, tmp_path / "first.tar.gz").read_bytes()
    assert save_model(MODEL, tmp_path / "second.tar.gz").read_bytes() == first


def test_any_tar_unpacks_what_is_written(tmp_path: Path) -> None:
    path = save_model(MODEL, tmp_path / "model.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert load_model(tmp_path / "unpacked").feature_dim == 2


def test_the_content_tells_what_a_file_is(tmp_path: Path) -> None:
    archive = save_model(MODEL, tmp_path / "model.tar.gz").rename(tmp_path / "download(1)")
    bare = save_model(MODEL, tmp_path / "my-model")
    assert bare.read_bytes() == artifact.encode(MODEL)
    assert load_model(archive).feature_dim == load_model(bare).feature_dim == 2


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_model(MODEL, tmp_path / "nowhere" / "model.tar.gz")
    assert not list(tmp_path.iterdir())
