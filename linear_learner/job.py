"""What a training job is to do: the files under ``input/config``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contract.hyperparameters import HyperparameterError, Hyperparameters, parse
from linear_learner.container import Container
from linear_learner.errors import ClientError
from linear_learner.json_objects import as_object

CHANNELS: Final = ("train", "validation", "test")
CONTENT_TYPE: Final = "application/x-recordio-protobuf"


@dataclass(frozen=True, slots=True)
class Job:
    """A training job.

    Attributes
    ----------
    hyperparameters
        Typed and checked.
    channels
        Names of the channels that it has, in the order of `CHANNELS`.
    host
        The name of this host.
    """

    hyperparameters: Hyperparameters
    channels: tuple[str, ...]
    host: str


def read_job(container: Container) -> Job:
    """Read what is to be done.

    Raises
    ------
    ClientError
        If a file is missing or not JSON, a hyperparameter is refused, or a
        channel, its content type, its input mode or the number of hosts is
        not one that the learner takes.
    """
    try:
        hyperparameters = parse(_read_strings(container.hyperparameters))
    except HyperparameterError as error:
        raise ClientError(f"Unable to initialize the algorithm: {error}") from error
    channels = _read_object(container.input_data_config)
    for name, config in channels.items():
        _check_channel(name, config)
    if "train" not in channels:
        raise ClientError(f"channel train is missing; the job has {sorted(channels)}")
    return Job(
        hyperparameters,
        tuple(name for name in CHANNELS if name in channels),
        _host(_read_object(container.resource_config)),
    )


def _read_object(path: Path) -> dict[str, Any]:
    try:
        value = as_object(json.loads(path.read_bytes()))
    except OSError as error:
        raise ClientError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ClientError(f"{path}: not JSON: {error}") from error
    if value is None:
        raise ClientError(f"{path}: expected a JSON object")
    return value


def _read_strings(path: Path) -> dict[str, str]:
    values = _read_object(path)
    for name, value in values.items():
        if not isinstance(value, str):
            raise ClientError(f"{path}: {name}: {value!r}: expected a string")
    return values


def _check_channel(name: str, config: Mapping[str, str]) -> None:
    if name not in CHANNELS:
        raise ClientError(f"channel {name!r}: expected one of {', '.join(CHANNELS)}")
    content_type = config.get("ContentType", CONTENT_TYPE)
    if content_type.split(";")[0].strip() != CONTENT_TYPE:
        raise ClientError(
            f"channel {name}: content type {content_type!r} is not available yet: "
            f"expected {CONTENT_TYPE}"
        )
    mode = config.get("TrainingInputMode", "File")
    if mode == "Pipe":
        raise ClientError(
            f"channel {name}: input mode Pipe is not available yet: expected File or FastFile"
        )


def _host(resources: Mapping[str, Any]) -> str:
    hosts = resources.get("hosts", [])
    if len(hosts) > 1:
        raise ClientError(
            f"training on {len(hosts)} instances is not available yet: expected 1 instance"
        )
    return str(resources["current_host"])
