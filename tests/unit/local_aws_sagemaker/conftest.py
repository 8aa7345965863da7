"""The embedded SageMaker on surroundings in memory, with real subprocesses as containers."""

import io
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local_aws.sagemaker import images
from local_aws.sagemaker.service import SageMaker
from tests.unit.local_aws_sagemaker.surroundings import CALLER, IMAGE, ROLE, MemoryPlatform

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform()


@pytest.fixture
def sagemaker(
    platform: MemoryPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SageMaker]:
    program = "tests.unit.local_aws_sagemaker.program"
    monkeypatch.setitem(images._PROGRAMS, "linear-learner", program)  # pyright: ignore[reportPrivateUsage]
    service = SageMaker(platform, tmp_path, stop_grace=1.0, instance_quota=4)
    yield service
    service.stop()


@pytest.fixture
def call(sagemaker: SageMaker) -> Call:
    def ask(operation: str, **request: object) -> dict[str, Any]:
        return sagemaker.call(operation, request, CALLER)

    return ask


@pytest.fixture
def training_job(platform: MemoryPlatform) -> dict[str, Any]:
    """A CreateTrainingJob request whose data is there."""
    platform.objects["data", "in/train/part-0"] = b"1"
    return {
        "TrainingJobName": "Job-1",
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "application/x-recordio-protobuf",
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/train/"}
                },
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://data/models/"},
        "ResourceConfig": {
            "InstanceType": "ml.c5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


def archive(files: dict[str, bytes]) -> bytes:
    """Return a model.tar.gz."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _make_config(
    platform: MemoryPlatform, ask: Call, name: str, *, answer: str | None = None, instances: int = 1
) -> str:
    """Create an artifact, a model and an endpoint config of the same name, and return it."""
    content = archive({"answer.txt": (answer or name).encode()})
    platform.objects["data", f"{name}/model.tar.gz"] = content
    ask(
        "CreateModel",
        ModelName=name,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://data/{name}/model.tar.gz"},
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": "ml.m4.xlarge",
        "InitialInstanceCount": instances,
    }
    ask("CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=[variant])
    return name


@pytest.fixture
def make_config(platform: MemoryPlatform, call: Call) -> Callable[..., str]:
    return partial(_make_config, platform, call)
