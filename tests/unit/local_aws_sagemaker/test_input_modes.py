"""How the container gets its data: files, pipes, prefixes, manifests, compression, order."""

import gzip
import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.platform import AwsError
from local_aws.sagemaker import storage
from local_aws.sagemaker.service import SageMaker
from tests.unit.local_aws_sagemaker.surroundings import MemoryPlatform, until
from tests.unit.local_aws_sagemaker.test_training_jobs import GROUP, finished, line

Call = Callable[..., dict[str, Any]]
Request = dict[str, Any]


@pytest.fixture
def pipe_job(training_job: Request) -> Request:
    training_job["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    return training_job | {"HyperParameters": {"behaviour": "read pipes", "epochs": "3"}}


def channel(job: Request) -> Request:
    return job["InputDataConfig"][0]


def source(job: Request) -> Request:
    return channel(job)["DataSource"]["S3DataSource"]


def epochs(platform: MemoryPlatform) -> list[dict[str, Any]]:
    return [
        json.loads(text.removeprefix("epoch "))
        for text in platform.log(GROUP)
        if text.startswith("epoch ")
    ]


def digest(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()


def completed(sagemaker: SageMaker) -> None:
    described = finished(sagemaker)
    assert described["TrainingJobStatus"] == "Completed", described.get("FailureReason")


def give(platform: MemoryPlatform, *contents: bytes) -> None:
    for number, content in enumerate(contents):
        platform.objects["data", f"in/train/part-{number}"] = content


LARGE = bytes(range(256)) * 1000


def test_every_epoch_streams_all_objects_one_behind_the_other(
    sagemaker: SageMaker,
    call: Call,
    platform: MemoryPlatform,
    pipe_job: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage, "_PIECE_BYTES", 100_000)
    give(platform, LARGE, b"", b"end")
    call("CreateTrainingJob", **pipe_job)
    completed(sagemaker)

    assert [epoch["sha256"] for epoch in epochs(platform)] == [digest(LARGE, b"end")] * 3
    assert line(platform, "channels")["train"]["TrainingInputMode"] == "Pipe"


def test_a_pipe_appears_when_the_one_before_is_read(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request
) -> None:
    call("CreateTrainingJob", **pipe_job)
    completed(sagemaker)

    assert [epoch["pipes"] for epoch in epochs(platform)] == [["train_0"], ["train_1"], ["train_2"]]


def test_an_epoch_may_be_read_in_part(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request
) -> None:
    give(platform, LARGE)
    pipe_job["HyperParameters"]["bytes"] = "1000"
    call("CreateTrainingJob", **pipe_job)
    completed(sagemaker)

    assert [epoch["sha256"] for epoch in epochs(platform)] == [digest(LARGE[:1000])] * 3


@pytest.mark.parametrize("count", ["0", "1"], ids=["never opened", "one epoch"])
def test_no_thread_and_no_pipe_outlives_the_container(
    sagemaker: SageMaker,
    call: Call,
    platform: MemoryPlatform,
    pipe_job: Request,
    tmp_path: Path,
    count: str,
) -> None:
    give(platform, LARGE)
    pipe_job["HyperParameters"]["epochs"] = count
    call("CreateTrainingJob", **pipe_job)
    completed(sagemaker)

    until(lambda: not list(tmp_path.iterdir()), "the job's folder is gone")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pipe ")]


def test_a_job_that_is_stopped_leaves_no_thread(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request, tmp_path: Path
) -> None:
    call("CreateTrainingJob", **pipe_job | {"HyperParameters": {"behaviour": "stubborn"}})
    until(lambda: "ready" in platform.log(GROUP), "the container is ready")
    sagemaker.stop()

    assert not list(tmp_path.iterdir())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pipe ")]


def test_a_grant_that_the_role_lacks_fails_the_job_and_not_the_data(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request
) -> None:
    platform.denied.add("s3:GetObject")
    call("CreateTrainingJob", **pipe_job)
    described = finished(sagemaker)

    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("ClientError: Data download failed:")
    assert "AccessDenied" in described["FailureReason"]
    assert epochs(platform) == [], "what was read was taken for all there is"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_of_the_service_ends_job_and_container(
    sagemaker: SageMaker,
    call: Call,
    platform: MemoryPlatform,
    pipe_job: Request,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storage.Storage, "pieces", None)
    call("CreateTrainingJob", **pipe_job)

    assert finished(sagemaker)["FailureReason"].startswith("InternalServerError: ")
    until(lambda: not list(tmp_path.iterdir()), "the container and its folder are gone")
    assert epochs(platform) == []


def test_a_channel_has_its_own_input_mode(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    other = json.loads(json.dumps(channel(training_job))) | {"ChannelName": "validation"}
    training_job["InputDataConfig"].append(other)
    channel(training_job)["InputMode"] = "Pipe"
    behaviour = {"behaviour": "read pipes", "epochs": "1"}
    call("CreateTrainingJob", **training_job, HyperParameters=behaviour)
    completed(sagemaker)

    assert line(platform, "files") == ["validation/part-0"]
    assert epochs(platform)[0]["sha256"] == digest(b"1")
    modes = {
        name: config["TrainingInputMode"] for name, config in line(platform, "channels").items()
    }
    assert modes == {"train": "Pipe", "validation": "File"}


def test_fast_file_mode_shows_files(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    training_job["AlgorithmSpecification"]["TrainingInputMode"] = "FastFile"
    call("CreateTrainingJob", **training_job)
    completed(sagemaker)

    assert line(platform, "files") == ["train/part-0"]
    assert line(platform, "channels")["train"]["TrainingInputMode"] == "FastFile"


def use_manifest(platform: MemoryPlatform, job: Request, content: object) -> None:
    platform.objects["data", "lists/train.manifest"] = json.dumps(content).encode()
    source(job).update(S3DataType="ManifestFile", S3Uri="s3://data/lists/train.manifest")


def test_a_manifest_names_the_objects(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, training_job: Request
) -> None:
    give(platform, b"1", b"2", b"3")
    entries = [{"prefix": "s3://data/in/"}, "train/part-2", "train/part-0"]
    use_manifest(platform, training_job, entries)
    call("CreateTrainingJob", **training_job)
    completed(sagemaker)

    assert line(platform, "files") == ["train/train/part-0", "train/train/part-2"]


def test_a_manifest_is_streamed_in_its_order(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request
) -> None:
    give(platform, b"1", b"2", b"3")
    use_manifest(platform, pipe_job, [{"prefix": "s3://data/in/train/part-"}, "2", "0"])
    call("CreateTrainingJob", **pipe_job)
    completed(sagemaker)

    assert epochs(platform)[0]["sha256"] == digest(b"3", b"1")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"prefix": "s3://data/in/"}, 'expected [{"prefix"'),
        ([{"prefix": ""}, "a"], 'expected [{"prefix"'),
        ([{"prefix": "s3://data/in/"}, 7], "7: expected a string"),
        ([{"prefix": "s3://data/in/"}, "absent"], "s3://data/in/absent"),
        ([{"prefix": "s3://data/in/"}, "../../etc/passwd"], "outside of its channel"),
        ([{"prefix": "s3://data/in/"}], "No S3 objects under s3://data/lists/train.manifest"),
    ],
)
def test_a_manifest_that_is_none_fails_the_job(
    sagemaker: SageMaker,
    call: Call,
    platform: MemoryPlatform,
    training_job: Request,
    content: object,
    told: str,
) -> None:
    use_manifest(platform, training_job, content)
    call("CreateTrainingJob", **training_job)
    described = finished(sagemaker)

    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("ClientError: Data download failed:")
    assert told in described["FailureReason"]


def test_a_manifest_that_is_not_there_is_refused_at_once(call: Call, training_job: Request) -> None:
    source(training_job).update(S3DataType="ManifestFile", S3Uri="s3://data/absent")
    with pytest.raises(AwsError, match='No S3 objects found under S3 URL "s3://data/absent"'):
        call("CreateTrainingJob", **training_job)


def test_gzip_is_taken_off_on_the_way(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request
) -> None:
    two_members = gzip.compress(LARGE) + gzip.compress(b"more")
    give(platform, two_members, gzip.compress(b"end"))
    channel(pipe_job)["CompressionType"] = "Gzip"
    call("CreateTrainingJob", **pipe_job)
    completed(sagemaker)

    assert epochs(platform)[0]["sha256"] == digest(LARGE, b"more", b"end")


@pytest.mark.parametrize("content", [b"plain", gzip.compress(LARGE)[:-9]], ids=["plain", "cut"])
def test_what_is_not_gzip_fails_the_job(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request, content: bytes
) -> None:
    give(platform, content)
    channel(pipe_job)["CompressionType"] = "Gzip"
    call("CreateTrainingJob", **pipe_job)

    assert "s3://data/in/train/part-0 is not gzip'd" in finished(sagemaker)["FailureReason"]


def shuffled(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, job: Request, name: str, seed: int
) -> list[str]:
    before = len(epochs(platform))
    channel(job)["ShuffleConfig"] = {"Seed": seed}
    call("CreateTrainingJob", **job | {"TrainingJobName": name})
    finished(sagemaker, name)
    return [epoch["sha256"] for epoch in epochs(platform)[before:]]


def test_shuffling_gives_each_epoch_an_order_by_the_seed(
    sagemaker: SageMaker, call: Call, platform: MemoryPlatform, pipe_job: Request
) -> None:
    give(platform, *(bytes([number]) for number in range(20)))
    first = shuffled(sagemaker, call, platform, pipe_job, "a", 7)
    again = shuffled(sagemaker, call, platform, pipe_job, "b", 7)
    other = shuffled(sagemaker, call, platform, pipe_job, "c", 8)

    assert len(set(first)) == 3, "an order twice"
    assert first == again
    assert not set(first) & set(other)


@pytest.mark.parametrize(
    ("mode", "change", "told"),
    [
        ("File", {"CompressionType": "Gzip"}, "File mode only supports NONE, got Gzip instead"),
        ("FastFile", {"CompressionType": "Gzip"}, "FastFile mode only supports NONE, got Gzip"),
        ("Pipe", {"RecordWrapperType": "RecordIO"}, "RecordWrapperType RecordIO"),
    ],
)
def test_what_a_mode_does_not_admit_is_refused(
    call: Call, training_job: Request, mode: str, change: Request, told: str
) -> None:
    training_job["AlgorithmSpecification"]["TrainingInputMode"] = mode
    channel(training_job).update(change)
    with pytest.raises(AwsError, match=told) as refusal:
        call("CreateTrainingJob", **training_job)
    assert refusal.value.code == "ValidationException"


EFS = {
    "FileSystemId": "fs-01234567890",
    "FileSystemType": "EFS",
    "FileSystemAccessMode": "ro",
    "DirectoryPath": "/train",
}


@pytest.mark.parametrize(
    ("data_source", "told"),
    [
        ({"FileSystemDataSource": EFS}, "a data source other than S3 (channel train)"),
        (
            {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://data/m"}},
            "S3DataType AugmentedManifestFile (channel train)",
        ),
    ],
)
def test_other_sources_are_refused_by_name(
    call: Call, training_job: Request, data_source: Request, told: str
) -> None:
    channel(training_job)["DataSource"] = data_source
    with pytest.raises(AwsError) as refusal:
        call("CreateTrainingJob", **training_job)
    assert refusal.value.message == f"{told} is not available in the embedded SageMaker."


def test_fast_file_mode_admits_no_manifest(call: Call, training_job: Request) -> None:
    training_job["AlgorithmSpecification"]["TrainingInputMode"] = "FastFile"
    source(training_job)["S3DataType"] = "ManifestFile"
    with pytest.raises(AwsError, match="FastFile mode only supports S3Prefix"):
        call("CreateTrainingJob", **training_job)


def test_a_channels_name_is_there_once(call: Call, training_job: Request) -> None:
    training_job["InputDataConfig"] *= 2
    with pytest.raises(AwsError, match="Channel names must be unique"):
        call("CreateTrainingJob", **training_job)
