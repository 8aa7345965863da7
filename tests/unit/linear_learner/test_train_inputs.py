"""``train`` on every format and in every input mode: the same records give the same model."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from linear_learner import artifact
from tests.unit.linear_learner.data.samples import (
    WRITERS,
    Fifos,
    Table,
    format_of,
    write_files,
)
from tests.unit.linear_learner.samples import dataset, run_train, write_job

GIVEN = {"epochs": "2", "mini_batch_size": "25", "num_models": "2"}
TRAIN = Table(dataset().features, dataset().labels)
PASSES = 2 + 2
"""Of the epochs; and, without validation records, to choose and to measure."""


def job(base: Path, content_type: str, mode: str = "File", **given: str) -> Path:
    """Lay out a job with a train channel, still without records; return the channel's folder."""
    write_job(base, {**GIVEN, **given}, {})
    config = {"train": {"ContentType": content_type, "TrainingInputMode": mode}}
    (base / "input/config/inputdataconfig.json").write_text(json.dumps(config))
    return base / "input/data/train"


def trained(base: Path) -> bytes:
    """Run the job, and return the model's file."""
    done = run_train(base)
    assert done.returncode == 0, done.stdout + done.stderr
    return (base / "model/model_algo-1").read_bytes()


def from_files(base: Path, kind: str, mode: str = "File") -> bytes:
    write_files(job(base, format_of(kind), mode), WRITERS[kind](TRAIN))
    return trained(base)


def test_csv_gives_the_model_that_recordio_gives(tmp_path: Path) -> None:
    assert from_files(tmp_path / "csv", "csv") == from_files(tmp_path / "dense", "dense")


def test_sparse_records_are_learnt_from(tmp_path: Path) -> None:
    from_files(tmp_path, "sparse", "FastFile")
    model = artifact.load(tmp_path / "model")
    right = model.labels(model.scores(TRAIN.features)) == TRAIN.labels
    assert np.mean(right) > 0.8


@pytest.mark.parametrize("kind", WRITERS)
def test_a_pipe_gives_the_model_that_files_give(kind: str, tmp_path: Path) -> None:
    folder = job(tmp_path / "pipe", format_of(kind), "Pipe")
    fifos = Fifos(folder, *[WRITERS[kind](TRAIN)] * PASSES)
    assert trained(tmp_path / "pipe") == from_files(tmp_path / "files", kind)
    fifos.finish()


def test_what_a_csv_channel_is_refused_for_becomes_the_failure(tmp_path: Path) -> None:
    folder = job(tmp_path, "text/csv;label_size=1")
    write_files(folder, b"0,1,2\n1,3,4\n", b"1,3,4\n0,x,2\n")
    assert run_train(tmp_path).returncode == 2
    assert (tmp_path / "output/failure").read_text() == (
        "ClientError: channel train, file part-1, record 1: column 1: 'x': expected a finite number"
    )


def test_a_fault_in_a_later_pass_fails_the_job(tmp_path: Path) -> None:
    folder = job(tmp_path, format_of("csv"), "Pipe")
    Fifos(folder, WRITERS["csv"](TRAIN), WRITERS["csv"](TRAIN) + b"1,2\n")
    done = run_train(tmp_path)
    assert done.returncode == 2, done.stderr
    failure = (tmp_path / "output/failure").read_text()
    assert failure == (
        "ClientError: channel train, file train_1, record 400: 1 features: expected 6"
    )


def test_a_file_whose_name_is_no_utf8_is_told(tmp_path: Path) -> None:
    folder = job(tmp_path, "text/csv")
    write_files(folder, b"0,1\n1,2\n")
    (folder / os.fsdecode(b"part-\xff")).write_bytes(b"2,1\n")
    assert run_train(tmp_path).returncode == 2
    failure = (tmp_path / "output/failure").read_text()
    assert failure.startswith(r"ClientError: channel train, file part-\xff, record 0: label 2")


def test_what_is_no_text_is_told_too(tmp_path: Path) -> None:
    job(tmp_path, "text/csv", **{"epoch\ud800": "2"})
    assert run_train(tmp_path).returncode == 2
    failure = (tmp_path / "output/failure").read_text()
    assert r"epoch\ud800: unknown hyperparameter" in failure
