"""What a training job is to do: the files under ``input/config``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contract.hyperparameters import HyperparameterError, Hyperparameters, parse
from linear_learner.container import Container
from linear_learner.data.channel_config import ChannelConfig, read_config
from linear_learner.errors import ClientError
from linear_learner.json_objects import as_object

CHANNELS: Final = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Job:
    """A training job.

    Attributes
    ----------
    hyperparameters
        Typed and checked.
    channels
        The channels that it has, by name, in the order of `CHANNELS`.
    host
        The name of this host.
    """

    hyperparameters: Hyperparameters
    channels: dict[str, ChannelConfig]
    host: str


def read_job(container: Container) -> Job:
    """Read what is to be done.

    Raises
    ------
    ClientError
        If a file is missing or not JSON, a hyperparameter is refused, or a
        channel, its content type, its input mode or the number of hosts is
        none that the learner takes.
    """
    try:
        hyperparameters = parse(_read_strings(container.hyperparameters))
    except HyperparameterError as error:
        raise ClientError(f"Unable to initialize the algorithm: {error}") from error
    return Job(
        hyperparameters,
        _channels(_read_object(container.input_data_config)),
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


def _channels(given: Mapping[str, Any]) -> dict[str, ChannelConfig]:
    unknown = sorted(given.keys() - CHANNELS)
    if unknown:
        raise ClientError(f"channel {unknown[0]!r}: expected one of {', '.join(CHANNELS)}")
    if "train" not in given:
        raise ClientError(f"channel train is missing; the job has {sorted(given)}")
    return {name: read_config(name, given[name]) for name in CHANNELS if name in given}


def _host(resources: Mapping[str, Any]) -> str:
    hosts = resources.get("hosts", [])
    if len(hosts) > 1:
        raise ClientError(
            f"the job has {len(hosts)} instances: expected 1, on which this learner trains"
        )
    if "current_host" not in resources:
        raise ClientError("resourceconfig.json: current_host is missing")
    return str(resources["current_host"])
