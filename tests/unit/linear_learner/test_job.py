"""The files under input/config: what a job may ask for."""

import json
from pathlib import Path
from typing import Any

import pytest

from linear_learner.container import Container
from linear_learner.data.channel_config import FORMATS, ChannelConfig
from linear_learner.errors import ClientError
from linear_learner.job import read_job
from tests.unit.linear_learner.samples import write_job


@pytest.fixture
def container(tmp_path: Path) -> Container:
    write_job(tmp_path, {"epochs": "3"}, {"train": (), "test": ()})
    return Container(tmp_path, "127.0.0.1", 8080)


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_job_is_read(container: Container) -> None:
    job = read_job(container)
    assert job.hyperparameters.epochs == 3
    assert list(job.channels) == ["train", "test"]
    assert job.host == "algo-1"


RECORDIO, CSV = FORMATS


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, ChannelConfig(RECORDIO, "File")),
        ({"ContentType": None, "RecordWrapperType": None}, ChannelConfig(RECORDIO, "File")),
        (
            {"ContentType": RECORDIO, "TrainingInputMode": "FastFile"},
            ChannelConfig(RECORDIO, "FastFile"),
        ),
        ({"ContentType": "text/csv", "TrainingInputMode": "Pipe"}, ChannelConfig(CSV, "Pipe")),
        ({"ContentType": "Text/CSV; label_size=1"}, ChannelConfig(CSV, "File")),
        ({"ContentType": "text/csv;charset=utf-8 ; label_size = 1;"}, ChannelConfig(CSV, "File")),
    ],
)
def test_a_channel_says_how_it_is_read(
    container: Container, entry: dict[str, str], expected: ChannelConfig
) -> None:
    change(container.input_data_config, train=entry)
    assert read_job(container).channels["train"] == expected


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ([], "expected a JSON object"),
        ({"TrainingInputMode": "Stream"}, "input mode 'Stream': expected File, FastFile, Pipe"),
        ({"ContentType": "text/libsvm"}, "content type 'text/libsvm': expected application/x-rec"),
        ({"ContentType": 7}, "content type '7': expected application/x-rec"),
        ({"ContentType": "text/csv;label_size=0"}, "expected label_size=1, a label in the first"),
        ({"RecordWrapperType": "RecordIO"}, "record wrapper 'RecordIO': expected 'None'"),
    ],
)
def test_a_channel_that_cannot_be_read_is_refused(
    container: Container, entry: Any, reason: str
) -> None:
    change(container.input_data_config, train=entry)
    with pytest.raises(ClientError, match=f"channel train: .*{reason}"):
        read_job(container)


def test_a_job_without_a_train_channel_is_refused(container: Container) -> None:
    container.input_data_config.write_text('{"test": {}}')
    with pytest.raises(ClientError, match="channel train is missing"):
        read_job(container)


def test_an_unknown_channel_is_refused(container: Container) -> None:
    change(container.input_data_config, training={})
    with pytest.raises(ClientError, match="channel 'training': expected one of train, valid"):
        read_job(container)


def test_several_hosts_are_refused(container: Container) -> None:
    change(container.resource_config, hosts=["algo-1", "algo-2"])
    with pytest.raises(ClientError, match="the job has 2 instances: expected 1"):
        read_job(container)


def test_a_host_without_a_name_is_refused(container: Container) -> None:
    container.resource_config.write_text('{"hosts": ["algo-1"]}')
    with pytest.raises(ClientError, match="current_host is missing"):
        read_job(container)


def test_a_refused_hyperparameter_is_the_customers_error(container: Container) -> None:
    change(container.hyperparameters, mini_batch_size="0")
    with pytest.raises(ClientError, match="mini_batch_size: '0' is not allowed"):
        read_job(container)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "expected a JSON object"),
        ('{"epochs": 3}', "epochs: 3: expected a string"),
    ],
)
def test_a_damaged_file_is_told_by_its_path(
    container: Container, content: str, reason: str
) -> None:
    container.hyperparameters.write_text(content)
    with pytest.raises(ClientError, match=f"hyperparameters.json: {reason}"):
        read_job(container)


def test_a_missing_file_is_told_by_its_path(container: Container) -> None:
    container.resource_config.unlink()
    with pytest.raises(ClientError, match=r"resourceconfig.json: No such file"):
        read_job(container)


def test_the_container_is_found_by_the_environment() -> None:
    on_aws = Container.from_environment({})
    assert (str(on_aws.base), on_aws.port) == ("/opt/ml", 8080)
    assert on_aws.host == "0.0.0.0"  # noqa: S104 - SageMaker comes from outside
    here = Container.from_environment(
        {"SAGEMAKER_BASE_DIR": "/srv/ml", "SAGEMAKER_BIND_TO_PORT": "9001"}
    )
    assert (str(here.base), here.host, here.port) == ("/srv/ml", "127.0.0.1", 9001)
