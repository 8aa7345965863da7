"""The sample dataset: MNIST's own files become the pickle of the notebook."""

import gzip
import hashlib
import pickle
import pickletools
from pathlib import Path

import numpy as np
import pytest

from data_prep import datasets, sample
from data_prep.errors import DamagedDatasetError
from tests.unit.data_prep.samples import idx_files, write_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files as MNIST's, but small; train and validation are divided at 50."""
    files = idx_files()
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in sample.MNIST_SHA256}
    monkeypatch.setattr(sample, "MNIST_SHA256", digests)
    monkeypatch.setattr(sample, "_TRAIN_RECORDS", 50)
    return write_files(tmp_path, files)


def test_the_sample_is_the_dataset_of_the_idx_files(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "mnist.pkl.gz"
    sample.write_mnist_pickle(folder, target)
    target.rename(folder.parent / target.name)
    pickled, original = datasets.load(folder.parent / target.name), datasets.load(folder)
    for ours, theirs in zip(pickled, original, strict=True):
        np.testing.assert_array_equal(ours.features, theirs.features)
        np.testing.assert_array_equal(ours.labels, theirs.labels)


def test_the_sample_is_a_pickle_that_python_2_could_have_written(folder: Path) -> None:
    target = folder / "mnist.pkl.gz"
    sample.write_mnist_pickle(folder, target)
    content = gzip.decompress(target.read_bytes())
    opcodes = {opcode.name: opcode.proto for opcode, _, _ in pickletools.genops(content)}
    assert max(opcodes.values()) == 2
    assert {"GLOBAL", "BINSTRING"} <= set(opcodes), "no import that Python 2's numpy lacks"
    splits = pickle.loads(content, encoding="latin1")  # noqa: S301 - made two lines above
    shapes = [(x.shape, x.dtype.name, y.shape, y.dtype.name) for x, y in splits]
    assert shapes == [((n, 16), "float32", (n,), "int64") for n in (50, 10, 20)]


def test_the_sample_is_the_same_bytes_every_time(folder: Path) -> None:
    for name in ("first.gz", "second.gz"):
        sample.write_mnist_pickle(folder, folder / name)
    assert (folder / "first.gz").read_bytes() == (folder / "second.gz").read_bytes()


def test_files_that_are_not_mnists_are_refused_before_anything_is_written(folder: Path) -> None:
    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"something else")
    with pytest.raises(DamagedDatasetError, match="t10k-labels-idx1-ubyte has the SHA-256"):
        sample.write_mnist_pickle(folder, folder / "mnist.pkl.gz")
    assert not (folder / "mnist.pkl.gz").exists()
